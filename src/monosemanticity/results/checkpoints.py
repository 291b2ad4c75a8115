"""A run's models at the steps at which they are kept."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.results.paths import RESUME, checkpoint_path
from monosemanticity.results.tensors import Tensors, read_tensors, write_tensors
from monosemanticity.results.whole_files import written_whole


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


def take_over(run: Path, steps: Iterable[int]) -> list[Path]:
    """Give a trained run the models that its saved state holds; returns their files.

    Linked, not moved: until the run's head is there, a killed one may have to resume from these.
    """
    kept = [checkpoint_path(run, step) for step in steps]
    for path in kept:
        with written_whole(path) as aside:
            _link(run / RESUME / path.relative_to(run), aside)
    return kept


def _link(source: Path, target: Path) -> None:
    """One file under two names; two files where the file system has no such links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _of_checkpoint(step: int, spec: RunSpec) -> dict[str, Any]:
    return stages.of_training(spec).content() | {"step": step, "task": spec.task, "activation": spec.activation}
