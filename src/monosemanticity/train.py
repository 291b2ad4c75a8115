"""One training run, from its numbers to its files."""

import logging
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import torch

from monosemanticity import devices, layout, locks, measure, resume, stamp, store
from monosemanticity.atomic import written_whole
from monosemanticity.captured_run import CapturedRun
from monosemanticity.cost import form
from monosemanticity.errors import DivergedError, StoppedError
from monosemanticity.interruption import Interruption
from monosemanticity.lamb import swing
from monosemanticity.record import Record
from monosemanticity.resume import Journal, Trace
from monosemanticity.run import Run
from monosemanticity.spec import RunSpec
from monosemanticity.step import Losses

LOSS_EVERY = 16
SAVE_EVERY = 60
"""Seconds of training that a killed run has to do again, at most."""

Watch = Callable[[int, float], None]
"""Is told each recorded step and its loss."""

log = logging.getLogger(__name__)


def train(spec: RunSpec, folder: Path, threads: int = 1, watch: Watch = lambda step, loss: None) -> None:
    """Train a run and write its files; run.json comes last and says that the others are whole.

    A run that was stopped goes on from where it was last saved, to the same bytes; one that is whole is left alone.
    What it goes on from stays beside the files: `leftovers.remove` it when they are safe.
    Raises DivergedError when the loss leaves the finite numbers, and StoppedError on SIGTERM or Ctrl-C, once what the
    run goes on from is saved.
    """
    with locks.one_of([folder / layout.LOCK], awaited="another process that trains this run"):
        if store.is_whole(folder, spec):
            log.info("%s: is there already", spec.run_id)
            return
        (folder / layout.RECORD).unlink(missing_ok=True)
        shutil.rmtree(folder / layout.CHECKPOINTS, ignore_errors=True)
        run = start(spec, threads)
        trace, journal = resume.load(folder, run)
        _take_steps(run, folder, trace, journal, watch)
        _write(run, folder, trace, journal)


def start(spec: RunSpec, threads: int) -> Run:
    """A run at step 0: on a graphics card where there is one, else on so many threads of the processor.

    The Gram form subtracts numbers that nearly cancel, so that it is in full precision whatever the run's.
    """
    precision = "float32" if form(spec) == "gram" else spec.precision
    if torch.cuda.is_available():
        return CapturedRun(spec, devices.graphics_card(precision))
    return Run(spec, devices.processor(precision, threads))


def _take_steps(run: Run, folder: Path, trace: Trace, journal: Journal, watch: Watch) -> None:
    """Train from where the journal stands to the last step."""
    kept = set(layout.checkpoint_steps(run.spec.steps))
    saved = time.monotonic()
    with Interruption() as interruption:
        for t in range(journal.step + 1, run.spec.steps + 1):
            losses = run.advance(t)
            if t in kept or t % LOSS_EVERY == 0:
                _record(trace, run, t, losses, measured=t in kept)
                watch(t, trace["loss"][-1])
            if t in kept:
                store.write_checkpoint(folder / layout.RESUME, t, run.tensors(), run.spec)
            if interruption.came or time.monotonic() - saved > SAVE_EVERY:
                journal.reach(t)
                resume.save(folder, run, trace, journal)
                saved = time.monotonic()
            if interruption.came:
                raise StoppedError(
                    f"{run.spec.run_id}: stopped by {interruption.came.name} after step {t}; the same command goes"
                    " on from there",
                    interruption.came,
                )
        journal.reach(run.spec.steps)
        resume.save(folder, run, trace, journal)


def _write(run: Run, folder: Path, trace: Trace, journal: Journal) -> None:
    """Write the files of a trained run."""
    spec, of = run.spec, stamp.of_run(run.spec)
    neurons = {name: column.numpy() for name, column in measure.neurons(run.model()).items()}
    store.write_parquet(folder / layout.TRACE, trace, store.TRACE_SCHEMA, spec)
    store.write_parquet(folder / layout.NEURONS, neurons, store.NEURONS_SCHEMA, spec)
    for step in layout.checkpoint_steps(spec.steps):
        # Copied, not moved: until run.json is there, a killed run may have to go on from these.
        with written_whole(layout.checkpoint_path(folder, step)) as aside:
            shutil.copyfile(layout.checkpoint_path(folder / layout.RESUME, step), aside)
    record = Record(
        **of.content(),
        definitions=of.code,
        run=spec.run_id,
        spec=spec,
        form=form(spec),
        **run.device.description(),
        **journal.model_dump(exclude={"step"}),
    )
    store.write_record(folder, record)


def _record(trace: Trace, run: Run, t: int, losses: Losses, measured: bool) -> None:
    """Add a row to the trace; what is not measured at this step stays empty."""
    loss = float(losses.task)
    if not (math.isfinite(loss) and run.parameters.flat.isfinite().all()):
        raise DivergedError(
            f"{run.spec.run_id}: diverged by step {t}: the loss is {loss}, the largest weight"
            f" {float(run.parameters.flat.abs().max())}; lower learning_rate: {run.spec.learning_rate:g}"
        )
    summary = measure.summary(run.model())._asdict() if measured else {}
    row = {"step": t, "loss": loss} | summary
    if measured:
        row |= {"learning_rate": swing(run.spec.learning_rate, t), "l1_term": float(losses.l1)}
    for name in store.TRACE_SCHEMA.names:
        trace[name].append(row.get(name))
