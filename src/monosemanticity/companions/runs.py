"""The files of a companion run: its models at the steps at which they are kept, and its trace."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from monosemanticity.errors import RefusedError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.identity import stages
from monosemanticity.results import heads, parquet, paths
from monosemanticity.results.tensors import Tensors, read_tensors, write_tensors

GIVEN: dict[str, Callable[[np.ndarray, CompanionSpec], bool]] = {
    "f": lambda weights, spec: bool(np.isfinite(weights).all()),
    "i": lambda neurons, spec: bool(((neurons >= 0) & (neurons < spec.m)).all()),
}
"""Whether numbers of a kind are some that training gives: finite weights, or places of neurons."""


def write_models(folder: Path, step: int, tensors: Tensors, spec: CompanionSpec) -> None:
    """Keep the models of a run at a step."""
    write_tensors(paths.checkpoint_path(folder, step), tensors, _of_models(step, spec))


def read_models(folder: Path, step: int, spec: CompanionSpec) -> Tensors:
    """The models of a run at a step, by the symbols of their weights; the instance is the first axis.

    Raises RefusedError if the file is missing, damaged or not of this run and step, or holds what no training gives.
    """
    path = paths.checkpoint_path(folder, step)
    models, _ = read_tensors(path, _of_models(step, spec), spec.shapes)
    check_given(path, models, spec)
    return models


def check_given(path: Path, tensors: Tensors, spec: CompanionSpec) -> None:
    """Raise RefusedError if a file holds what no training of the run gives."""
    for name, tensor in tensors.items():
        if tensor.dtype.kind not in GIVEN or not GIVEN[tensor.dtype.kind](tensor, spec):
            raise RefusedError(path, f"{name} holds what no training gives")


def read_trace(folder: Path, spec: CompanionSpec) -> pa.Table:
    """A row a recorded step and instance. Raises RefusedError as `read_table` does."""
    rows = len(spec.recorded_steps) * spec.instances
    return parquet.read_table(folder / paths.TRACE, stages.of_companion_training(spec), rows)


def is_whole(folder: Path, spec: CompanionSpec) -> bool:
    """Whether every file of a run is there and good."""
    try:
        read_trace(folder, spec)
        for step in spec.checkpoint_steps:
            read_models(folder, step, spec)
        return not heads.read(folder / paths.TRACE).damage(folder)
    except (RefusedError, FileNotFoundError):
        return False


def _of_models(step: int, spec: CompanionSpec) -> dict:
    return stages.of_companion_training(spec).content() | {"step": step, "spec": spec.model_dump()}
