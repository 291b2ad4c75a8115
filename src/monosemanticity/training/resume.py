"""The saved state that a stopped run resumes from: a folder of the run, which is removed at its end."""

import logging
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, PrivateAttr, ValidationError

from monosemanticity.errors import ResultError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.results import checkpoints, parquet, paths, tensors
from monosemanticity.training import loss_trace
from monosemanticity.training.run import Run

log = logging.getLogger(__name__)

Trace = dict[str, list]


class Journal(BaseModel):
    """How far a run has come, and the time that it took, summed over the processes that trained it."""

    step: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    resumed_at: list[int] = []
    _counted: tuple[float, float] = PrivateAttr(default_factory=lambda: (time.monotonic(), time.process_time()))

    def reach(self, step: int) -> None:
        """Record a finished step, and add the time since the last one recorded."""
        before, now = self._counted, (time.monotonic(), time.process_time())
        self.step, self._counted = step, now
        self.seconds += now[0] - before[0]
        self.cpu_seconds += now[1] - before[1]


def save(folder: Path, run: Run, trace: Trace, journal: Journal) -> None:
    """Save a run's state; the one saved before stays until this is whole."""
    saved = folder / paths.RESUME
    of = stages.of_training(run.spec)
    parquet.write_columns(saved / paths.TRACE, trace, loss_trace.TRACE, of)
    state = {name: tensor.numpy() for name, tensor in run.state().items()}
    tensors.write_tensors(saved / paths.STATE, state, of.content() | journal.model_dump())


def load(folder: Path, run: Run) -> tuple[Trace, Journal]:
    """Bring a run to its last saved state; leave it at step 0 if there is none, or none that can be used."""
    saved = folder / paths.RESUME
    if not (saved / paths.STATE).exists():
        return defaultdict(list), Journal()
    try:
        state, said = tensors.read_tensors(saved / paths.STATE, stages.of_training(run.spec).content())
        trace, journal = _read(saved, run.spec, said)
    except (ResultError, ValidationError) as error:
        log.warning("starts from the beginning, as its saved state cannot be used: %s", error)
        shutil.rmtree(saved)
        return defaultdict(list), Journal()
    run.restore({name: torch.from_numpy(array) for name, array in state.items()})
    log.info("%s: resumes after step %d", run.spec.run_id, journal.step)
    return trace, journal


def _read(saved: Path, spec: RunSpec, said: dict[str, Any]) -> tuple[Trace, Journal]:
    journal = Journal.model_validate(said)
    for step in spec.checkpoint_steps:
        if step <= journal.step:
            checkpoints.read_checkpoint(saved, step, spec)
    rows = loss_trace.read_trace(saved, spec).to_pydict()
    come = sum(step <= journal.step for step in rows["step"])  # a later trace may have met an earlier state
    resumed_at = [*journal.resumed_at, journal.step]
    return (
        defaultdict(list, {name: column[:come] for name, column in rows.items()}),
        journal.model_copy(update={"resumed_at": resumed_at}),
    )
