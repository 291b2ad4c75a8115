"""What was planned is what is done, whatever is edited while the workflow runs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.project import copied, snakemake
from helpers.workflow import begin, wait_for
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.results.paths import MEASURES, Paths


@pytest.fixture
def unfinished(smoke: Path, tmp_path: Path) -> Path:
    """A project where fig04 waits for the training of a run, and fig21 for the tables of one that is to be measured."""
    project = copied(smoke, tmp_path / "project")
    plan = make_plan(read_config(project / "config.yaml", {"scale": "smoke"}))
    results = Paths(project / "results", "smoke")
    trained, measured = (results.run(plan.batches[batch].members[0].spec.run_id) for batch in ("LR1", "RP1"))
    for folder in (trained, results.tables("RP1"), results.root / "figures", results.planned):
        shutil.rmtree(folder)
    (measured / MEASURES).unlink()
    return project


def started(project: Path, *targets: str) -> subprocess.Popen[str]:
    """Snakemake at work, once it has written down what it planned."""
    running = begin(project, "--cores", "1", *targets, "--config", "scale=smoke")
    wait_for(lambda: any((project / "results/smoke/planned").glob("*.json")), running)
    return running


def test_a_configuration_that_is_edited_and_put_back_meanwhile_changes_nothing(unfinished: Path) -> None:
    text = (unfinished / "config.yaml").read_text()
    running = started(unfinished, "fig21")
    (unfinished / "config.yaml").write_text(text.replace("Smoke scale: a test", "Another note"))
    output, _ = running.communicate(timeout=900)
    assert running.returncode == 0, output[-3000:]
    (unfinished / "config.yaml").write_text(text)
    assert "Smoke scale: a test" in (unfinished / "results/smoke/figures/fig21.md").read_text()
    again = snakemake(unfinished, "fig21", "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_jobs_go_on_after_an_edit_that_is_not_theirs_and_refuse_one_that_is(unfinished: Path) -> None:
    running = started(unfinished, "fig21", "fig04")
    heat = unfinished / "src/monosemanticity/figures/heat.py"
    heat.write_text(heat.read_text().replace('label="activation"', 'label="activation h"'))
    output, _ = running.communicate(timeout=900)
    assert running.returncode != 0
    assert (unfinished / "results/smoke/figures/fig21.png").exists()
    assert not (unfinished / "results/smoke/figures/fig04.png").exists()
    assert "the code has changed while the workflow ran" in output
    again = snakemake(unfinished, "fig04")
    assert again.returncode == 0, again.stderr[-3000:]
