"""What training and measuring ask of a cluster, by the numbers of runs: minutes and memory; a profile may differ."""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from monosemanticity.companions.superposition.evaluation import SAMPLES
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.experiment.operations import operations
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.experiment.superposition import SuperpositionSpec

BESIDE_STEPS = 20
"""Minutes for what comes before the first step and after the last, on a slow file system too."""
SLOWEST = 5e12
"""Operations a second of a graphics card, as assumed: none was measured. A run that is cut off resumes."""
PROGRAM = 1500
"""MB of a process that has not begun to train, with the libraries of a graphics card."""
FLOAT = 4
COPIES = 10
"""Of the weights: their gradient and moments, and what is saved of all of them, twice over while files are written."""
COMPANION_COPIES = 16
"""The same, and those in double precision that a trace is recorded or a measure taken of."""
CELL = 64
"""Bytes of a feature that is present in a sample: its place, its value and what both are drawn from, in each of the
two feature vectors that the absolute value task subtracts."""
SLOWEST_CORE = 2e10
"""Operations a second of a processor's core, as assumed; half of what a slow one does."""


def minutes(spec: RunSpec) -> int:
    """Of a training job on a graphics card."""
    return BESIDE_STEPS + math.ceil(operations(spec) / SLOWEST / 60)


def megabytes(spec: RunSpec) -> int:
    """Of a training job: the most that it holds at any time."""
    weights = spec.k * (spec.d + 1 + spec.n_outputs) + spec.N * spec.d
    cells = spec.batch_size * spec.N * spec.epsilon
    return PROGRAM + math.ceil((FLOAT * COPIES * weights + CELL * cells) / 1e6)


class Needs(NamedTuple):
    """What a training step of a companion study takes, and what measuring holds."""

    operations: Callable[[Any], int]
    """On floating-point numbers, roughly: products, and passes over what goes into them and comes out."""
    held: Callable[[Any], int]
    """Numbers beside the weights."""
    held_to_measure: Callable[[Any], int]
    """Numbers beside the weights while kept models are measured."""


def _incidental_operations(spec: IncidentalSpec) -> int:
    """Three products of all encodings, passes over the weights, and with q those over pairs of features."""
    pairs = spec.n**3 if spec.co_occurrence else 0
    return spec.instances * (6 * spec.n**2 * spec.m + 40 * (spec.n * spec.m + pairs))


def _incidental_held(spec: IncidentalSpec) -> int:
    """Outputs for every input and their gradients; with q for every pair of features."""
    return 10 * spec.instances * (spec.n**3 if spec.co_occurrence else spec.n**2)


def _incidental_held_to_measure(spec: IncidentalSpec) -> int:
    """Cosines between every two features, in double precision."""
    return 10 * spec.instances * spec.n**2


def _superposition_operations(spec: SuperpositionSpec) -> int:
    """Six products with the weights, and passes over inputs, which are drawn too, activations and outputs."""
    return spec.instances * spec.batch_size * (12 * spec.n * spec.m + 200 * (spec.n + spec.m))


def _superposition_held(spec: SuperpositionSpec) -> int:
    """Inputs, activations, outputs and their gradients."""
    return 8 * spec.instances * spec.batch_size * (spec.n + spec.m)


def _superposition_held_to_measure(spec: SuperpositionSpec) -> int:
    """Of fresh samples, for one instance after the other."""
    return 8 * SAMPLES * (spec.n + spec.m)


COMPANIONS = {
    "incidental": Needs(_incidental_operations, _incidental_held, _incidental_held_to_measure),
    "superposition": Needs(_superposition_operations, _superposition_held, _superposition_held_to_measure),
}
"""By study."""


def companion_minutes(spec: CompanionSpec) -> int:
    """Of a training job of a companion study, on one core."""
    operations_of_all = COMPANIONS[spec.study].operations(spec) * spec.steps
    return BESIDE_STEPS + math.ceil(operations_of_all / SLOWEST_CORE / 60)


def companion_megabytes(spec: CompanionSpec) -> int:
    """Of a training job of a companion study: the most that it holds at any time."""
    return _megabytes(COMPANION_COPIES * _weights(spec) + COMPANIONS[spec.study].held(spec))


def experiment_megabytes(specs: Iterable[CompanionSpec]) -> int:
    """Of the job that measures the runs of an experiment, one after the other: the most that it holds at any time."""
    return _megabytes(
        max(
            (COMPANION_COPIES + len(spec.checkpoint_steps)) * _weights(spec)
            + COMPANIONS[spec.study].held_to_measure(spec)
            for spec in specs
        )
    )


def _weights(spec: CompanionSpec) -> int:
    return sum(map(math.prod, spec.shapes.values()))


def _megabytes(numbers: int) -> int:
    """Of a process that holds so many floating-point numbers."""
    return PROGRAM + math.ceil(FLOAT * numbers / 1e6)
