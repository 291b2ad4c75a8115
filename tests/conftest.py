"""What the tests share: a small run to vary, and the state of the process that training changes."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from hypothesis import settings

import helpers.checked_types  # noqa: F401 before anything that it checks
from helpers.project import copy_of_the_project, snakemake
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.results.run_record import Record, Segment
from monosemanticity.training import devices

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")


LONGEST = ("test_slurm", "test_chaos")
"""Tests that mostly wait: what is begun beside them is done when they are."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what runs a workflow or needs the results of one. Fast tests come first, then the longest ones."""
    for item in items:
        if item.path.parent.name == "end_to_end" or "smoke" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None, item.path.stem not in LONGEST))


TINY: dict[str, Any] = {
    "task": "decoder",
    "activation": "relu",
    "distribution": "uniform",
    "N": 24,
    "d": 6,
    "k": 10,
    "epsilon": 0.125,
    "learning_rate": 0.01,
    "decay": 0.0,
    "bias_offset": 0.0,
    "l1": 0.0,
    "batch_size": 50,
    "steps": 20,
    "precision": "float32",
    "form": "dense",
    "seed": 0,
}


@pytest.fixture(scope="session")
def tiny_spec() -> Callable[..., RunSpec]:
    """A run of a few milliseconds, with some of its numbers replaced."""

    def spec(**instead: Any) -> RunSpec:
        return RunSpec(**TINY | instead)

    return spec


@pytest.fixture(scope="session")
def record_of() -> Callable[..., Record]:
    """The record of a run that was never trained, of one segment, with some of what it says replaced."""

    def record(spec: RunSpec, **instead: Any) -> Record:
        device = devices.processor("float32", threads=1).description()
        of_segment = {name: instead.pop(name) for name in Segment.model_fields if name in instead}
        segment = {"after": 0, "seconds": 2.5, "cpu_seconds": 1.5} | device | of_segment
        known = {"files": {}, "run": spec.run_id, "spec": spec, "segments": [segment]}
        return Record(**stages.of_training(spec).content() | known | instead)

    return record


@pytest.fixture(scope="session")
def made_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[Path], None]], Path]:
    """A folder of a name that the first process of the tests which asks makes for all: read only, to be copied."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, at_work = shared / name, shared / f"{name}-at-work"
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                make(at_work)
                at_work.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def smoke(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The whole workflow done once at smoke scale."""

    def make(folder: Path) -> None:
        done = snakemake(copy_of_the_project(folder))
        assert done.returncode == 0, done.stderr[-5000:]

    return made_once("smoke", make)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _ordinary_process() -> Iterator[None]:
    """Training counts denormals as zero, and commands look for garbage seldom; other tests want a process as it is."""
    thresholds = gc.get_threshold()
    yield
    torch.set_flush_denormal(False)
    gc.set_threshold(*thresholds)
