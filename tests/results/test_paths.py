from pathlib import Path

import pytest

from monosemanticity.results.paths import Paths, checkpoint_path


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        (1, [1]),
        (2, [1, 2]),
        (3, [1, 2, 3]),
        (16, [1, 2, 4, 8, 16]),
        (17, [1, 2, 4, 8, 16, 17]),
        (2**20, [2**power for power in range(21)]),
    ],
)
def test_models_are_kept_at_powers_of_two_and_at_the_end(tiny_spec, steps, kept):
    assert tiny_spec(steps=steps).checkpoint_steps == kept


def test_checkpoints_sort_by_name_as_by_step(tiny_spec):
    paths = [checkpoint_path(Path("run"), step) for step in tiny_spec(steps=2**20).checkpoint_steps]
    assert sorted(paths) == paths
    assert len(set(paths)) == len(paths)


def test_results_of_a_scale_lie_in_its_folder():
    here = Paths(Path("results"), "smoke")
    inside = [
        *(here.run("r"), here.table("models"), here.figure("fig01", "pdf"), here.log("train", "r")),
        *(here.claims("md"), here.definitions, here.planned, here.outdated),
    ]
    assert len(set(inside)) == 8
    assert all(path.is_relative_to("results/smoke") for path in inside)
