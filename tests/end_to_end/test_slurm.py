"""The workflow through a real SLURM, by the profile as it is shipped."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from filelock import FileLock

from helpers import slurm_cluster
from helpers.figures import shipped_figures
from helpers.files import files_of
from helpers.project import run_in
from helpers.workflow import begin, wait_for
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results import paths, run_record
from monosemanticity.workflow import needs

FIGURES = ("fig01", "fig02", "fig04", "fig21")
"""Of measures and of checkpoints, of two tasks; all runs would take a remote Snakemake each, and ten minutes."""
PROFILE = ("--profile", "slurm", "--config", "scale=smoke")
SOONER = ("--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "10")
"""Than the profile is on a real cluster: a test does not wait 40 s before it asks for the first time."""

pytestmark = pytest.mark.timeout(2400)  # they wait for one another's cluster


@pytest.fixture(scope="module", autouse=True)
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a cluster's state."""
    with FileLock(Path(tempfile.gettempdir()) / "monosemanticity-slurm.lock"):  # of one machine there is one cluster
        if reason := slurm_cluster.why_not():
            if "CI" in os.environ:
                pytest.fail(reason)
            pytest.skip(reason)
        state = tmp_path_factory.mktemp("slurm")
        with slurm_cluster.cluster(state):
            yield state


def plan_of(folder: Path) -> Plan:
    return make_plan(read_config(folder / "config.yaml", {"scale": "smoke"}))


def test_figures_are_made_through_slurm_to_the_same_bytes(project: Path, smoke: Path) -> None:
    done = run_in(project, "snakemake", *PROFILE, *SOONER, "--", *FIGURES)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-5000:]
    submitted = re.findall(r"SLURM jobid '?(\d+)", output)
    plan = plan_of(project)
    runs = {spec.run_id for name in FIGURES for spec in plan.specs_of(shipped_figures()[name])}
    assert 0 < len(set(submitted)) < len(runs)
    for run_id in runs:
        here, there = (folder / "results/smoke/runs" / run_id for folder in (project, smoke))
        made = files_of(here)  # a run whose checkpoints alone are shown is not measured
        assert "run.json" in {path.name for path in here.iterdir()}
        assert made.items() <= files_of(there).items()
    for name in FIGURES:
        here, there = (folder / f"results/smoke/figures/{name}.png" for folder in (project, smoke))
        assert here.read_bytes() == there.read_bytes()


class Disturbed(NamedTuple):
    """A workflow of one run, which lasts long enough for something to happen to it."""

    project: Path
    spec: RunSpec
    undisturbed: dict[str, bytes]

    @property
    def folder(self) -> Path:
        return self.project / "results/smoke/runs" / self.spec.run_id

    def begin(self, *choices: str) -> subprocess.Popen[str]:
        target = f"{self.folder.relative_to(self.project)}/{paths.MEASURES}"
        return begin(self.project, *PROFILE, *SOONER, *choices, "--", target)

    def wait_until_saved(self, workflow: subprocess.Popen[str]) -> None:
        wait_for((self.folder / "resume/checkpoints/step-00001024.safetensors").exists, workflow)

    def end(self, workflow: subprocess.Popen) -> str:
        """Wait until it has come to the bytes of the undisturbed run; give what it said."""
        output = workflow.communicate(timeout=900)[0]
        assert workflow.returncode == 0, output[-5000:]
        assert files_of(self.folder) == self.undisturbed
        return output

    def segments(self) -> int:
        return len(run_record.read_record(self.folder, self.spec).segments)


@pytest.fixture
def disturbed(project: Path, long: list[RunSpec], undisturbed: Callable) -> Disturbed:
    return Disturbed(project, long[0], undisturbed(long[0]))


def test_a_job_that_is_cancelled_in_mid_run_goes_on_to_the_same_bytes(disturbed: Disturbed) -> None:
    workflow = disturbed.begin("--set-resources", "train:mem_mb=1234", "measure:mem_mb=1234")
    disturbed.wait_until_saved(workflow)
    ((number, _, _),) = slurm_cluster.queue()
    limit, memory = slurm_cluster.asked_by(number)
    assert limit == f"{needs.minutes(disturbed.spec) + 10}:00"  # to measure it takes 10
    assert memory == "1234M"
    subprocess.run(["scancel", number], check=True)
    assert disturbed.end(workflow).count("Trying to restart job") == 1
    assert disturbed.segments() > 1


def test_a_node_that_dies_in_mid_run_costs_what_was_not_saved(disturbed: Disturbed, _cluster: Path) -> None:
    workflow = disturbed.begin()
    disturbed.wait_until_saved(workflow)
    ((_, _, node),) = slurm_cluster.queue()
    slurm_cluster.kill(node, state=_cluster)
    try:
        disturbed.end(workflow)
    finally:
        slurm_cluster.start(node)
    log = disturbed.project / f"results/smoke/logs/train/{disturbed.spec.run_id}.tries.log"
    assert log.read_text().count(" begun\n") == 2


def test_a_controller_that_restarts_in_mid_run_disturbs_nothing(disturbed: Disturbed, _cluster: Path) -> None:
    workflow = disturbed.begin()
    disturbed.wait_until_saved(workflow)
    slurm_cluster.stop((_cluster / "run/slurmctld.pid").read_text().strip())
    time.sleep(5)
    slurm_cluster.start_controller()
    assert "Trying to restart job" not in disturbed.end(workflow)
    assert disturbed.segments() == 1


def test_a_run_past_its_time_limit_goes_on_in_the_next_try(disturbed: Disturbed) -> None:
    workflow = disturbed.begin("--set-resources", "train:runtime=1", "measure:runtime=0")
    disturbed.wait_until_saved(workflow)
    found = [each for each in psutil.process_iter() if trained_by(each) == disturbed.folder]
    training = min(found, key=psutil.Process.create_time)  # a child that is about to be another program looks alike
    training.suspend()  # until its time is up, however fast this machine is: SLURM then wakes it
    assert "Trying to restart job" in disturbed.end(workflow)


def trained_by(process: psutil.Process) -> Path | None:
    """The folder in which a process trains a run: another test may train the same run in a project of its own."""
    try:
        program, _, command, *arguments = [*process.cmdline(), "", "", ""]
        if "python" in program and command == "train":
            return Path(process.cwd(), arguments[arguments.index("--out") + 1])
    except psutil.NoSuchProcess:
        pass  # it has ended meanwhile
    return None


def test_a_run_past_its_memory_is_ended_and_goes_on_with_what_the_next_try_asks_for(disturbed: Disturbed) -> None:
    workflow = disturbed.begin("--set-resources", *(f"{rule}:mem_mb=300*attempt**2" for rule in ("train", "measure")))
    assert "Trying to restart job" in disturbed.end(workflow)


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
