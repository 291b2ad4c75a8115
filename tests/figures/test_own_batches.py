"""The figures of batches that no figure of the paper shows, drawn from runs of a few steps."""

from pathlib import Path
from typing import Any

import pytest

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.figures import draw
from monosemanticity.figures.results import Results
from monosemanticity.measures.measuring import measure_run
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.training.train import train

pytestmark = pytest.mark.slow

CONFIG = Path(__file__).parents[2] / "config.yaml"
TINY = {"batch_size": 4, "factors": {"N": "1/32", "d": "1/16", "k": "1/16", "steps": "2^-14"}}


def results_of(batch: dict[str, Any], folder: Path) -> Results:
    """Those of a configuration's own batch, at a scale of 16 features and 8 steps."""
    own = {"scale": "tiny", "scales": {"tiny": TINY}, "batches": {"mine": batch}}
    plan = make_plan(read_config(CONFIG, own))
    results = Paths(folder, "tiny")
    for member in plan.batches["mine"].members:
        train(member.spec, results.run(member.spec.run_id))
        measure_run(member.spec, results.run(member.spec.run_id))
    tables.write(plan.only(["mine"]), results, results.tables("mine"))
    return Results(plan, results)


BESIDE = {"learning_rate": 0.1, "activation": "solu", "bias_offset": 1}


@pytest.mark.parametrize(
    ("batch", "kinds"),
    [
        ({"decay": 0.01, "comparison": {"bias_offset": -1}}, ["trace", "bias", "heat"]),
        (
            {"learning_rate": [0.1, 0.01], "bias_offset": [-1], "activation": ["relu", "gelu"], "comparison": BESIDE},
            ["trace", "bias", "heat", "sweep"],
        ),
    ],
    ids=["nothing", "three lists"],
)
def test_a_batch_is_drawn_whatever_it_sweeps(batch: dict[str, Any], kinds: list[str], tmp_path: Path) -> None:
    results = results_of(batch, tmp_path)
    figures = results.plan.figures_of("mine")
    assert list(figures) == [f"mine_{kind}" for kind in kinds]
    for name in figures:
        draw.draw(name, results.plan, results.paths)
        assert results.paths.figure(name, "png").stat().st_size > 0
        assert "mine" in results.paths.figure(name, "md").read_text()
