"""The saved state that a stopped run resumes from: a folder of the run, removed as it or its workflow ends."""

import logging
import shlex
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from monosemanticity.errors import RefusedError, ResultError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.identity.digests import digest
from monosemanticity.results import checkpoints, parquet, paths, tensors
from monosemanticity.results.run_record import Segment
from monosemanticity.training import loss_trace
from monosemanticity.training.run import Run

FEW = 32
"""Samples by which two ways of drawing are told apart: the last of a slice, as two cards may agree on the first."""

log = logging.getLogger(__name__)

Trace = dict[str, list]


class Journal(BaseModel):
    """How far a run has come, and the segments that brought it there."""

    step: int = 0
    samples: str
    """A digest of samples of its first step: where others are drawn, it cannot be resumed."""
    segments: list[Segment] = Field(min_length=1)
    _counted: tuple[float, float] = PrivateAttr(default_factory=lambda: (time.monotonic(), time.process_time()))

    def reach(self, step: int) -> None:
        """Record a finished step, and add the time since the last one recorded."""
        before, now = self._counted, (time.monotonic(), time.process_time())
        self.step, self._counted = step, now
        self.segments[-1].seconds += now[0] - before[0]
        self.segments[-1].cpu_seconds += now[1] - before[1]


def save(folder: Path, run: Run, trace: Trace, journal: Journal) -> None:
    """Save a run's state; the one saved before stays until this is whole."""
    saved = folder / paths.RESUME
    of = stages.of_training(run.spec)
    parquet.write_columns(saved / paths.TRACE, trace, loss_trace.TRACE, of)
    state = {name: tensor.numpy() for name, tensor in run.state().items()}
    tensors.write_tensors(saved / paths.STATE, state, of.content() | journal.model_dump())


def load(folder: Path, run: Run) -> tuple[Trace, Journal]:
    """Bring a run to its last saved state; leave it at step 0 if there is none, or none that can be used.

    Raises ResultError where the state was saved by a device that draws other samples.
    """
    saved = folder / paths.RESUME
    begun = Journal(samples=_samples(run), segments=[Segment(after=0, **run.device.description())])
    if not (saved / paths.STATE).exists():
        return defaultdict(list), begun
    try:
        shapes = {name: tuple(tensor.shape) for name, tensor in run.state().items()}
        state, said = tensors.read_tensors(saved / paths.STATE, stages.of_training(run.spec).content(), shapes)
        trace, journal = _read(saved, run.spec, said)
    except (RefusedError, ValidationError) as error:
        log.warning("starts from the beginning, as its saved state cannot be used: %s", error)
        shutil.rmtree(saved)
        return defaultdict(list), begun
    if journal.samples != begun.samples:
        raise ResultError(
            f"{saved}: was saved on {journal.segments[-1].device}, and {run.device.name} draws other samples; resume"
            f" the run there, or begin it again here: rm -r {shlex.quote(str(saved))}"
        )
    journal.segments.append(Segment(after=journal.step, **run.device.description()))
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
    return defaultdict(list, {name: column[:come] for name, column in rows.items()}), journal


def _samples(run: Run) -> str:
    """A digest of the first samples of a run, and of the slices that all are drawn in."""
    slices = run.compute.slices
    F = torch.zeros(slices[0], run.spec.N, device=run.device.torch)
    run.task.draw(run.random(1), slices[0]).add_rows(F, torch.eye(run.spec.N, device=run.device.torch))
    return digest([slices, F[-FEW:].tolist()])
