"""What was planned is what is done, whatever is edited while the workflow runs."""

import subprocess
import sys
import time
from pathlib import Path

from helpers.project import environment, snakemake

SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "--cores", "1"]


def started(project: Path, *targets: str) -> subprocess.Popen:
    """Snakemake at work, once it has written down what it planned."""
    running = subprocess.Popen(
        [*SNAKEMAKE, *targets, "--config", "scale=smoke"],
        cwd=project,
        env=environment(project),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until = time.monotonic() + 120
    while not list((project / "results/smoke/planned").glob("*.json")):
        assert time.monotonic() < until
        assert running.poll() is None, running.stdout.read()
        time.sleep(0.1)
    return running


def test_a_configuration_that_is_edited_and_put_back_meanwhile_changes_nothing(project: Path) -> None:
    text = (project / "config.yaml").read_text()
    running = started(project, "fig21")
    (project / "config.yaml").write_text(text.replace("Smoke scale: a test", "Another note"))
    output, _ = running.communicate(timeout=900)
    assert running.returncode == 0, output[-3000:]
    (project / "config.yaml").write_text(text)
    assert "Smoke scale: a test" in (project / "results/smoke/figures/fig21.md").read_text()
    again = snakemake(project, "fig21", "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_jobs_go_on_after_an_edit_that_is_not_theirs_and_refuse_one_that_is(project: Path) -> None:
    running = started(project, "fig21", "fig04")
    heat = project / "src/monosemanticity/figures/heat.py"
    heat.write_text(heat.read_text().replace('label="activation"', 'label="activation h"'))
    output, _ = running.communicate(timeout=900)
    assert running.returncode != 0
    assert (project / "results/smoke/figures/fig21.png").exists()
    assert not (project / "results/smoke/figures/fig04.png").exists()
    assert "the code has changed while the workflow ran" in output
    again = snakemake(project, "fig04")
    assert again.returncode == 0, again.stderr[-3000:]
