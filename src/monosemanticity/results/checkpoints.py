"""A run's models at the steps at which they are kept."""

from pathlib import Path
from typing import Any

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.results.paths import checkpoint_path
from monosemanticity.results.tensors import Tensors, read_tensors, write_tensors


def write_checkpoint(folder: Path, step: int, tensors: Tensors, spec: RunSpec) -> None:
    """Keep a model: its weights and the fixed projections."""
    write_tensors(checkpoint_path(folder, step), tensors, _of_checkpoint(step, spec))


def read_checkpoint(folder: Path, step: int, spec: RunSpec) -> Tensors:
    """A run's model at a step, by the symbols of its weights.

    Raises RefusedError if the file is missing, damaged or not of this run and step.
    """
    shapes = {"P": (spec.N, spec.d), "W1": (spec.d, spec.k), "b": (spec.k,), "W2": (spec.k, spec.n_outputs)}
    weights, _ = read_tensors(checkpoint_path(folder, step), _of_checkpoint(step, spec), shapes)
    return weights


def _of_checkpoint(step: int, spec: RunSpec) -> dict[str, Any]:
    return stages.of_training(spec).content() | {"step": step, "task": spec.task, "activation": spec.activation}
