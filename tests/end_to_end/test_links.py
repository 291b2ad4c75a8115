"""A folder of someone else, with links in it, is refused before anything is read or written through them."""

from pathlib import Path

import pytest

from helpers.files import files_of
from helpers.project import run_in, snakemake


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/precious").write_text("precious")
    return tmp_path / "elsewhere"


def test_a_link_that_leads_out_of_the_results_is_refused_by_snakemake_and_every_command(
    project: Path, elsewhere: Path
) -> None:
    logs = project / "results/smoke/logs/train"
    logs.parent.mkdir(parents=True)
    logs.symlink_to(elsewhere)
    before = files_of(project)
    said = f"results/smoke/logs/train: a link that leads out, to {elsewhere}, and is not followed; "
    refused = snakemake(project, "fig03")
    assert refused.returncode != 0
    assert said in refused.stdout + refused.stderr
    for command in (
        ["runs"],
        ["why"],
        ["check", "--remove"],
        ["tables", "LR3"],
        ["figure", "fig03"],
        ["claims"],
    ):
        refused = run_in(project, "monosemanticity", *command, "--scale", "smoke")
        assert refused.returncode == 1
        assert refused.stderr.splitlines()[-1].startswith(f"monosemanticity: {said}")
    assert (elsewhere / "precious").read_text() == "precious"
    assert list(elsewhere.iterdir()) == [elsewhere / "precious"]
    made = {name for name in files_of(project).keys() - before.keys() if name.startswith("results")}
    assert made == set()


def test_a_run_by_hand_is_neither_trained_nor_measured_through_links(project: Path, elsewhere: Path) -> None:
    train = ["train", "--batch", "LR3", "--set", "learning_rate=0.001", "--scale", "smoke", "--out", "my_run"]
    assert run_in(project, "monosemanticity", *train).returncode == 0
    (project / "my_run/definitions").rename(project / "moved")
    (project / "my_run/definitions").symlink_to(elsewhere)
    for command in (train, ["measure", "my_run"]):
        refused = run_in(project, "monosemanticity", *command)
        assert refused.returncode == 1
        assert refused.stderr.splitlines()[-1].startswith("monosemanticity: my_run/definitions: a link that leads out")
    assert list(elsewhere.iterdir()) == [elsewhere / "precious"]
