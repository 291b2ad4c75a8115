"""One companion run, from its numbers to its files: models in checkpoints/, and trace.parquet, which comes last."""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from monosemanticity.companions import runs, trajectory
from monosemanticity.companions.trajectory import Arrays, Training
from monosemanticity.errors import DivergedError, RefusedError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.identity import stages
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import checkpoints, divergence, locks, parquet, paths, tensors
from monosemanticity.results.columns import STEP, number
from monosemanticity.training.saving import Saving

log = logging.getLogger(__name__)

Trace = dict[str, np.ndarray]
"""Of each column a row a recorded step, a column an instance; NaN where the run has not come to."""
IN_TRACE = "trace."


def train(spec: CompanionSpec, folder: Path) -> None:
    """Train a run and write its files.

    A run that was stopped resumes from its last saved state, to the same bytes; one that is whole is left alone.
    Raises DivergedError when the loss is no longer finite, or where that is known from an earlier try; StoppedError on
    SIGTERM or Ctrl-C, once the state is saved.
    """
    of = stages.of_companion_training(spec)
    with locks.one_of([folder / paths.LOCK], awaited="another process that trains this run"):
        if runs.is_whole(folder, spec):
            return
        divergence.refuse_again(folder, of)
        (folder / paths.TRACE).unlink(missing_ok=True)
        shutil.rmtree(folder / paths.CHECKPOINTS, ignore_errors=True)
        training = trajectory.start(spec)
        trace, after = _resumed(training, spec, folder)
        try:
            _take_steps(training, spec, folder, trace, after)
        except DivergedError as error:
            divergence.keep(folder, of, str(error))
            raise
        _write(spec, folder, trace, of)


def _take_steps(training: Training, spec: CompanionSpec, folder: Path, trace: Trace, after: int) -> None:
    rows = {step: row for row, step in enumerate(spec.recorded_steps)}

    def save(step: int) -> None:
        state = dict(training.state()) | {IN_TRACE + name: column for name, column in trace.items()}
        said = stages.of_companion_training(spec).content() | {"step": step}
        tensors.write_tensors(folder / paths.RESUME / paths.STATE, state, said)

    with Saving(spec.run_id, save) as saving:
        for moment in trajectory.follow(training, spec, after):
            for name, values in (moment.row or {}).items():
                trace.setdefault(name, _no_rows(spec))[rows[moment.step]] = values
            if moment.tensors is not None:
                runs.write_models(folder / paths.RESUME, moment.step, moment.tensors, spec)
            saving.after(moment.step)
        save(spec.steps)


def _no_rows(spec: CompanionSpec) -> np.ndarray:
    return np.full((len(spec.recorded_steps), spec.instances), np.nan)


def _resumed(training: Training, spec: CompanionSpec, folder: Path) -> tuple[Trace, int]:
    """Bring a run to its last saved state, and say after which step; -1 where there is none that can be used."""
    columns = {IN_TRACE + name: _no_rows(spec).shape for name in training.record()}
    shapes = {name: array.shape for name, array in training.state().items()} | columns
    if not (folder / paths.RESUME / paths.STATE).exists():
        return {}, -1
    try:
        state, said = _read_state(folder, spec, shapes)
    except RefusedError as error:
        log.warning("starts from the beginning, as its saved state cannot be used: %s", error)
        return {}, -1
    log.info("%s: resumes after step %d", spec.run_id, said["step"])
    training.restore({name: array for name, array in state.items() if name not in columns})
    return {name.removeprefix(IN_TRACE): np.array(state[name]) for name in columns}, int(said["step"])


def _read_state(folder: Path, spec: CompanionSpec, shapes: tensors.Shapes) -> tuple[Arrays, Mapping[str, Any]]:
    """The saved state, whose models must be there too."""
    saved, of = folder / paths.RESUME / paths.STATE, stages.of_companion_training(spec)
    state, said = tensors.read_tensors(saved, of.content(), shapes)
    if said.get("step") not in range(spec.steps + 1):
        raise RefusedError(saved, f"is said to be of step {said.get('step')!r}, of {spec.steps}")
    for step in spec.checkpoint_steps:
        if step <= said["step"]:
            runs.read_models(saved.parent, step, spec)
    return state, said


def _write(spec: CompanionSpec, folder: Path, trace: Trace, of: Stamp) -> None:
    units = trajectory.TRACES[spec.study]
    steps, instances = np.array(spec.recorded_steps), np.arange(spec.instances)
    columns = {"step": np.repeat(steps, spec.instances), "instance": np.tile(instances, len(steps))}
    schema = [STEP, number("instance", pa.int64(), "of the run's models")]
    schema += [number(name, pa.float64(), unit) for name, unit in units.items()]
    kept = checkpoints.take_over(folder, spec.checkpoint_steps)
    numbers = {name: trace[name].ravel() for name in units}
    parquet.write_columns(folder / paths.TRACE, columns | numbers, pa.schema(schema), of, beside=kept)
