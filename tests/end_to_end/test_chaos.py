"""The smoke workflow under faults at random times: in the end its bytes are those of one that nobody disturbed.

FAULTS=500 SEED=1 pytest -s tests/end_to_end/test_chaos.py: more of them, others, and how many of each kind.
"""

import os
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pandas as pd
import psutil
import pytest

from helpers.files import files_of
from helpers.project import copied, run_in, snakemake
from helpers.workflow import begin
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan

FAULTS, SEED = int(os.environ.get("FAULTS", "60")), int(os.environ.get("SEED", "0"))
LONGEST = 4
"""Seconds between two faults, at most."""
BATCHES = ("LR1", "RP1", "D1")
"""Are made again, with all that shows them, whenever a workflow has come to its end before the faults have."""
DICE = Random(SEED)
RESULTS = Path("results/smoke")


@pytest.fixture
def project(tmp_path: Path, smoke: Path) -> Path:
    return copied(smoke, tmp_path / "project")


def terminate(workflow: subprocess.Popen) -> None:
    """SIGTERM to a process: Snakemake, a job, or what it has started."""
    one_of(workflow).terminate()


def kill(workflow: subprocess.Popen) -> None:
    """SIGKILL to a process."""
    one_of(workflow).kill()


def cut_the_power(workflow: subprocess.Popen) -> None:
    """SIGKILL to all processes."""
    for process in of_the_session(workflow):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def suspend(workflow: subprocess.Popen) -> None:
    """SIGSTOP to a process, and SIGCONT."""
    process = one_of(workflow)
    process.suspend()
    time.sleep(DICE.uniform(0, LONGEST / 2))
    process.resume()


def refuse_writes(workflow: subprocess.Popen) -> None:
    """Every write to a file fails for a while, as on a full disk."""
    for most in (0, resource.RLIM_INFINITY):
        for process in of_the_session(workflow):
            with suppress(psutil.NoSuchProcess):
                process.rlimit(psutil.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        time.sleep(DICE.uniform(0, LONGEST / 2))


KINDS: list[Callable[[subprocess.Popen], None]] = [terminate, kill, cut_the_power, suspend, refuse_writes]


def begin_again(project: Path) -> subprocess.Popen[str]:
    """The workflow, as it is begun again by whoever finds it ended."""
    assert run_in(project, "snakemake", "--unlock", "--config", "scale=smoke").returncode == 0
    return begin(project, "--cores", "2", "--config", "scale=smoke", output=subprocess.DEVNULL)


def throw_runs_away(project: Path) -> None:
    """Those of the batches, as far as they are there."""
    batches = make_plan(read_config(project / "config.yaml", {"scale": "smoke"})).batches
    for member in (member for name in BATCHES for member in batches[name].members):
        shutil.rmtree(project / RESULTS / "runs" / member.spec.run_id, ignore_errors=True)


def of_the_session(leader: subprocess.Popen) -> list[psutil.Process]:
    """The processes that a workflow has started, itself too while it lives, however they were left behind."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(process.pid) == leader.pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def one_of(workflow: subprocess.Popen) -> psutil.Process:
    """One of its processes. Raises NoSuchProcess where all have ended."""
    if not (found := of_the_session(workflow)):
        raise psutil.NoSuchProcess(workflow.pid)
    return DICE.choice(found)


def results_of(project: Path) -> dict[str, bytes]:
    """All results but what says how they came about, and what they cost."""
    found = {
        name: content
        for name, content in files_of(project / RESULTS).items()
        if not name.startswith(("logs/", "planned/"))
    }
    for name in (name for name in found if name.endswith("models.parquet")):
        found[name] = pd.read_parquet(project / RESULTS / name).drop(columns="cpu_seconds").to_csv().encode()
    return found


@pytest.mark.timeout(300 + 30 * FAULTS)
def test_whatever_happens_the_results_are_those_of_an_undisturbed_workflow(project: Path, smoke: Path) -> None:
    happened: Counter[str] = Counter()
    throw_runs_away(project)
    workflow = begin_again(project)
    while happened.total() < FAULTS:
        time.sleep(DICE.uniform(0, LONGEST))
        if workflow.poll() == 0:
            throw_runs_away(project)
        if workflow.poll() is not None:
            workflow = begin_again(project)
        fault = DICE.choice(KINDS)
        with suppress(psutil.NoSuchProcess):
            fault(workflow)
            happened[fault.__name__] += 1
    cut_the_power(workflow)
    workflow.wait()
    print(dict(happened))
    assert run_in(project, "snakemake", "--unlock", "--config", "scale=smoke").returncode == 0
    done = snakemake(project)
    assert done.returncode == 0, done.stderr[-5000:]
    assert results_of(project) == results_of(smoke)
