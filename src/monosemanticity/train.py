"""One training run, from its numbers to its files."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from monosemanticity import layout, locks, resume, schemas, stages, store, trajectory
from monosemanticity.atomic import written_whole
from monosemanticity.errors import StoppedError
from monosemanticity.interruption import Interruption
from monosemanticity.record import Record
from monosemanticity.resume import Journal, Trace
from monosemanticity.run import Run
from monosemanticity.spec import RunSpec

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
        run = trajectory.start(spec, threads)
        trace, journal = resume.load(folder, run)
        _take_steps(run, folder, trace, journal, watch)
        _write(run, folder, trace, journal)


def _take_steps(run: Run, folder: Path, trace: Trace, journal: Journal, watch: Watch) -> None:
    """Train from where the journal stands to the last step."""
    saved = time.monotonic()
    with Interruption() as interruption:
        for t, row, tensors in trajectory.follow(run, after=journal.step):
            if row:
                for name, number in row.items():
                    trace[name].append(number)
                watch(t, row["loss"])
            if tensors:
                arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
                store.write_checkpoint(folder / layout.RESUME, t, arrays, run.spec)
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
    spec, of = run.spec, stages.of_training(run.spec)
    files = [folder / layout.TRACE, *(layout.checkpoint_path(folder, step) for step in spec.checkpoint_steps)]
    store.write_columns(folder / layout.TRACE, trace, schemas.TRACE, of)
    for step in spec.checkpoint_steps:
        # Copied, not moved: until run.json is there, a killed run may have to go on from these.
        with written_whole(layout.checkpoint_path(folder, step)) as aside:
            shutil.copyfile(layout.checkpoint_path(folder / layout.RESUME, step), aside)
    record = Record(
        **of.content(),
        files=store.sizes(files, folder / layout.RECORD),
        run=spec.run_id,
        spec=spec,
        **run.device.description(),
        **journal.model_dump(exclude={"step"}),
    )
    store.write_record(folder, record)
