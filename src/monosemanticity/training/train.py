"""One training run, from its numbers to its files."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from monosemanticity.errors import DivergedError, RefusedError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import checkpoints, divergence, locks, parquet, paths, run_record, whole_files
from monosemanticity.results.run_record import Record
from monosemanticity.training import loss_trace, resume, trajectory
from monosemanticity.training.resume import Journal, Trace
from monosemanticity.training.run import Run
from monosemanticity.training.saving import Saving

Watch = Callable[[int, float], None]
"""Is told each recorded step and its loss."""

log = logging.getLogger(__name__)


def train(
    spec: RunSpec,
    folder: Path,
    threads: int = 1,
    watch: Watch = lambda step, loss: None,
    claim: Callable[[], None] = lambda: None,
) -> None:
    """Train a run and write its files; run.json comes last and says that the others are whole.

    A run that was stopped resumes from its last saved state, to the same bytes; one that is whole is left alone.
    The saved state stays in the folder: `saved_state.remove` it when the files are safe. `claim` is asked first, while
    no other process trains there, and may refuse the folder.
    Raises DivergedError when the loss or a weight is no longer finite, or where that is known from an earlier try;
    StoppedError on SIGTERM or Ctrl-C, once the state is saved; and CodeError where the code lacks what the run chooses.
    """
    of = stages.of_training(spec)
    with locks.one_of([folder / paths.LOCK], awaited="another process that trains this run"):
        claim()
        if is_whole(folder, spec):
            log.info("%s: is there already", spec.run_id)
            return
        divergence.refuse_again(folder, of)
        (folder / paths.RECORD).unlink(missing_ok=True)
        shutil.rmtree(folder / paths.CHECKPOINTS, ignore_errors=True)
        run = trajectory.start(spec, threads)
        trace, journal = resume.load(folder, run)
        try:
            _take_steps(run, folder, trace, journal, watch)
        except DivergedError as error:
            divergence.keep(folder, of, str(error))
            raise
        _write(run, folder, trace, journal, of)


def _take_steps(run: Run, folder: Path, trace: Trace, journal: Journal, watch: Watch) -> None:
    """Train from where the journal stands to the last step."""

    def save(step: int) -> None:
        journal.reach(step)
        resume.save(folder, run, trace, journal)

    with Saving(run.spec.run_id, save) as saving:
        for t, row, tensors in trajectory.follow(run, after=journal.step):
            if row:
                for name, number in row.items():
                    trace[name].append(number)
                watch(t, row["loss"])
            if tensors:
                arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
                checkpoints.write_checkpoint(folder / paths.RESUME, t, arrays, run.spec)
            saving.after(t)
        save(run.spec.steps)


def _write(run: Run, folder: Path, trace: Trace, journal: Journal, of: Stamp) -> None:
    """Write the files of a trained run."""
    spec = run.spec
    parquet.write_columns(folder / paths.TRACE, trace, loss_trace.TRACE, of)
    checkpoints.take_over(folder, spec.checkpoint_steps)
    record = Record(
        **of.content(),
        files=_sizes(folder, spec),
        run=spec.run_id,
        spec=spec,
        segments=journal.segments,
    )
    run_record.write_record(folder, record)


def is_whole(folder: Path, spec: RunSpec) -> bool:
    """Whether every file of a run is there and good."""
    try:
        found = run_record.read_record(folder, spec).files
        loss_trace.read_trace(folder, spec)
        for step in spec.checkpoint_steps:
            checkpoints.read_checkpoint(folder, step, spec)
        return found == _sizes(folder, spec)
    except (RefusedError, FileNotFoundError):
        return False


def _sizes(folder: Path, spec: RunSpec) -> dict[str, int]:
    """The files of a trained run besides its record, and how many bytes each has."""
    files = [folder / paths.TRACE, *(paths.checkpoint_path(folder, step) for step in spec.checkpoint_steps)]
    return whole_files.sizes(files, folder / paths.RECORD)
