"""The workflow through a real SLURM, by the profile as it is shipped."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from helpers import slurm_cluster
from helpers.figures import paper_figures
from helpers.files import files_of
from helpers.project import environment, run_in
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.results import run_record
from monosemanticity.workflow import needs

FIGURES = ("fig01", "fig02", "fig04", "fig21")
"""Of measures and of checkpoints, of two tasks; all runs would take a remote Snakemake each, and ten minutes."""
PROFILE = ("--profile", "slurm", "--config", "scale=smoke")
SOONER = ("--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "10")
"""Than the profile is on a real cluster: a test does not wait 40 s before it asks for the first time."""

pytestmark = pytest.mark.timeout(2400)  # they wait for one another's cluster


@pytest.fixture(scope="module", autouse=True)
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with FileLock(Path(tempfile.gettempdir()) / "monosemanticity-slurm.lock"):  # of one machine there is one cluster
        if reason := slurm_cluster.why_not():
            if "CI" in os.environ:
                pytest.fail(reason)
            pytest.skip(reason)
        with slurm_cluster.cluster(tmp_path_factory.mktemp("slurm")):
            yield


def plan_of(folder: Path) -> Plan:
    return make_plan(read_config(folder / "config.yaml", {"scale": "smoke"}))


def test_figures_are_made_through_slurm_to_the_same_bytes(project: Path, smoke: Path) -> None:
    done = run_in(project, "snakemake", *PROFILE, *SOONER, "--", *FIGURES)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-5000:]
    submitted = re.findall(r"SLURM jobid '?(\d+)", output)
    plan = plan_of(project)
    runs = {spec.run_id for name in FIGURES for spec in plan.specs_of(paper_figures()[name])}
    assert 0 < len(set(submitted)) < len(runs)
    for run_id in runs:
        here, there = (folder / "results/smoke/runs" / run_id for folder in (project, smoke))
        made = files_of(here)  # a run whose checkpoints alone are shown is not measured
        assert "run.json" in {path.name for path in here.iterdir()}
        assert made.items() <= files_of(there).items()
    for name in FIGURES:
        here, there = (folder / f"results/smoke/figures/{name}.png" for folder in (project, smoke))
        assert here.read_bytes() == there.read_bytes()


def test_a_job_that_is_cancelled_in_mid_run_goes_on_to_the_same_bytes(project: Path, tmp_path: Path) -> None:
    config = project / "config.yaml"
    long = "\n  long:\n    bias_offset: [-1]\n    steps: 2^27 # 2^16 at scale smoke\n\nscales:\n"
    config.write_text(config.read_text().replace("\nscales:\n", long))
    (spec,) = [member.spec for member in plan_of(project).batches["long"].members]
    run = project / "results/smoke/runs" / spec.run_id
    target = f"{run.relative_to(project)}/run.json"
    less_memory = ("--set-resources", "train:mem_mb=1234")
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "snakemake"), *PROFILE, *SOONER, *less_memory, "--", target],
        cwd=project,
        env=environment(project),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not (run / "resume/checkpoints/step-00001024.safetensors").exists():
        assert process.poll() is None, process.stdout.read()[-5000:]
        time.sleep(0.2)
    ((number, _),) = slurm_cluster.queue()
    assert slurm_cluster.asked_by(number) == (f"{needs.minutes(spec, 1)}:00", "1234M")
    subprocess.run(["scancel", number], check=True)
    output = process.communicate(timeout=900)[0]
    assert process.returncode == 0, output[-5000:]
    assert output.count("Trying to restart job") == 1
    assert len(run_record.read_record(run, spec).segments) > 1
    by_hand = ("train", "--spec", spec.model_dump_json(), "--out", str(tmp_path / "alone"))
    alone = run_in(project, "monosemanticity", *by_hand)
    assert alone.returncode == 0, alone.stderr
    assert files_of(run) == files_of(tmp_path / "alone")


def test_the_runs_beside_one_that_fails_are_not_lost(project: Path) -> None:
    config = project / "config.yaml"
    bad = "\n  bad:\n    learning_rate: [0.003, 1e30]\n    bias_offset: [0, 1]\n\nscales:\n"
    config.write_text(config.read_text().replace("\nscales:\n", bad))
    specs = [member.spec for member in plan_of(project).batches["bad"].members]
    good = {spec.run_id for spec in specs if spec.learning_rate < 1}
    alone = ("--retries", "0", "--group-components", "training=1", "figures=1")
    for choice in (("--retries", "1"), alone):
        failed = run_in(project, "snakemake", *PROFILE, *SOONER, *choice, "--", "bad_trace")
        assert failed.returncode != 0
    assert "2 jobs failed; the others went on:" in failed.stderr
    assert failed.stderr.count("diverged by step 2: ") >= 2
    done = {path.parent.name for path in project.glob("results/smoke/runs/*/run.json")}
    assert done == good
