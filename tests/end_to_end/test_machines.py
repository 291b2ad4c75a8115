"""Two machines work in one folder: no run is trained twice at once, and neither removes what the other writes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.places import machine, need_namespaces
from helpers.project import environment, snakemake
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results import run_record

LONG = "\n  long:\n    bias_offset: [-1]\n    steps: 2^22 # 2^11 at scale smoke\n\nscales:\n"
WRITER = """
import os
import sys
from pathlib import Path

from monosemanticity.results.whole_files import written_whole

said, number = sys.argv[1:]
while os.getpid() < int(number):
    if child := os.fork():
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with written_whole(Path("shared.txt")) as aside:
    aside.write_text(said)
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""
"""Is told what to write and the process number to have, and is not done before its input ends."""

Start = Callable[..., subprocess.Popen]

pytestmark = pytest.mark.usefixtures("_namespaces")


@pytest.fixture
def _namespaces() -> None:
    need_namespaces()


@pytest.fixture
def start(project: Path) -> Iterator[Start]:
    """Start one of the environment's programs on a machine; it ends with the test."""
    started: list[subprocess.Popen] = []

    def on(name: str, program: str, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [*machine(name), str(Path(sys.executable).parent / program), *arguments],
            cwd=project,
            env=environment(project),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield on
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def long(project: Path) -> RunSpec:
    """A run of some seconds, in a batch of its own."""
    config = project / "config.yaml"
    config.write_text(config.read_text().replace("\nscales:\n", LONG))
    (member,) = make_plan(read_config(config, {"scale": "smoke"})).batches["long"].members
    return member.spec


def stop_in_mid_run(process: subprocess.Popen, run: Path) -> None:
    """Give a machine no more time, once the run that it trains has something to lose."""
    while not (run / "resume/checkpoints/step-00000256.safetensors").exists():
        assert process.poll() is None, process.stdout.read()[-5000:]
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGSTOP)


def assert_waits_for(first: subprocess.Popen, second: subprocess.Popen, run: Path, spec: RunSpec) -> None:
    """The second says on which machine the run is trained, and leaves it alone once the first has ended."""
    assert " waiting for another process that trains this run, held by process " in (said := next_line(second))
    assert said.endswith(" on first\n")
    os.killpg(first.pid, signal.SIGCONT)
    output = first.communicate(timeout=300)[0]
    assert first.returncode == 0, output[-5000:]
    assert second.communicate(timeout=300)[0].endswith(f"{spec.run_id}: is there already\n")
    assert second.returncode == 0
    assert len(run_record.read_record(run, spec).segments) == 1


def next_line(process: subprocess.Popen) -> str:
    """What a training process says after it has named its run."""
    process.stdout.readline()
    return process.stdout.readline()


def by_hand(spec: RunSpec, run: Path) -> tuple[str, ...]:
    return ("monosemanticity", "train", "--spec", spec.model_dump_json(), "--out", str(run))


def test_while_one_machine_works_another_neither_starts_the_workflow_nor_trains_its_run(
    project: Path, long: RunSpec, start: Start
) -> None:
    run = project / "results/smoke/runs" / long.run_id
    target = str(run.relative_to(project) / "run.json")
    first = start("first", "snakemake", "--cores", "1", "--config", "scale=smoke", "--", target)
    stop_in_mid_run(first, run)
    refused = snakemake(project, target, within=machine("second"))
    assert refused.returncode != 0
    assert "Directory cannot be locked" in refused.stdout + refused.stderr
    assert_waits_for(first, start("second", *by_hand(long, run)), run, long)


def test_a_run_by_hand_is_trained_on_one_machine_at_a_time(project: Path, long: RunSpec, start: Start) -> None:
    run = project / "run"
    first = start("first", *by_hand(long, run))
    stop_in_mid_run(first, run)
    assert_waits_for(first, start("second", *by_hand(long, run)), run, long)


def test_what_a_living_process_of_another_machine_writes_is_not_removed(project: Path, start: Start) -> None:
    first = start("first", "python", "-c", WRITER, "of the first", "30")  # the second has no process of this number
    assert first.stdout.readline() == "30\n"
    aside = project / ".shared.txt.first.30.partial"
    assert aside.read_text() == "of the first"
    second = start("second", "python", "-c", WRITER, "of the second", "1")
    assert second.communicate("", timeout=60)[0] == "1\n"
    assert (project / "shared.txt").read_text() == "of the second"
    assert aside.exists()
    first.communicate("", timeout=60)
    assert first.returncode == 0
    assert (project / "shared.txt").read_text() == "of the first"
    assert list(project.glob(".shared.txt.*")) == []
