"""The smoke workflow under faults at random times: in the end its bytes are those of one that nobody disturbed.

FAULTS=500 SEED=1 pytest -s tests/end_to_end/test_chaos.py: more of them, others, and how many of each kind.
"""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pandas as pd
import psutil
import pytest

from helpers.files import files_of
from helpers.project import copied, environment, run_in, snakemake
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
def project(tmp_path: Path, smoke: Path) -> Iterator[Path]:
    """The finished smoke workflow, its results on a disk of their own that can be filled."""
    folder = copied(smoke, tmp_path / "project")
    results = (folder / "results").rename(tmp_path / "results")
    (folder / "results").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder / "results")], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a disk needs to be root")
    shutil.copytree(results, folder / "results", dirs_exist_ok=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder / "results")], check=True)


def terminate(project: Path, tree: list[psutil.Process]) -> None:
    """SIGTERM to a process: Snakemake, a job, or what it has started."""
    DICE.choice(tree).terminate()


def kill(project: Path, tree: list[psutil.Process]) -> None:
    """SIGKILL to a process."""
    DICE.choice(tree).kill()


def cut_the_power(project: Path, tree: list[psutil.Process]) -> None:
    """SIGKILL to all processes."""
    for process in tree:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def suspend(project: Path, tree: list[psutil.Process]) -> None:
    """SIGSTOP to a process, and SIGCONT."""
    process = DICE.choice(tree)
    process.suspend()
    time.sleep(DICE.uniform(0, LONGEST / 2))
    process.resume()


def fill_the_disk(project: Path, tree: list[psutil.Process]) -> None:
    """No room for a while."""
    mount = ["mount", "-o", "remount,size={}", str(project / "results")]
    used = shutil.disk_usage(project / "results").used
    for size in (str(used), "50%"):
        subprocess.run([each.format(size) if "{}" in each else each for each in mount], check=True)
        time.sleep(DICE.uniform(0, LONGEST / 2))


KINDS: list[Callable[[Path, list[psutil.Process]], None]] = [terminate, kill, cut_the_power, suspend, fill_the_disk]


def begin(project: Path) -> subprocess.Popen:
    """The workflow, as it is begun again by whoever finds it ended."""
    assert run_in(project, "snakemake", "--unlock", "--config", "scale=smoke").returncode == 0
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "snakemake"), "--cores", "2", "--config", "scale=smoke"],
        cwd=project,
        env=environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


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
    workflow = begin(project)
    while happened.total() < FAULTS:
        time.sleep(DICE.uniform(0, LONGEST))
        if workflow.poll() == 0:
            throw_runs_away(project)
        if workflow.poll() is not None:
            workflow = begin(project)
        kind, tree = DICE.choice(KINDS), of_the_session(workflow)
        with suppress(psutil.NoSuchProcess):
            if tree:
                kind(project, tree)
                happened[kind.__name__] += 1
    cut_the_power(project, of_the_session(workflow))
    workflow.wait()
    print(dict(happened))
    assert run_in(project, "snakemake", "--unlock", "--config", "scale=smoke").returncode == 0
    done = snakemake(project)
    assert done.returncode == 0, done.stderr[-5000:]
    assert results_of(project) == results_of(smoke)
