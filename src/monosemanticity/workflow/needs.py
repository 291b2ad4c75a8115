"""What training a run asks of a cluster, by its numbers: minutes and memory. A profile may say otherwise."""

import math

from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.operations import operations
from monosemanticity.experiment.spec import RunSpec

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
"""The same, and those in double precision that a trace is recorded of."""
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


def companion_minutes(spec: CompanionSpec) -> int:
    """Of a training job of a companion study, on one core."""
    return BESIDE_STEPS + math.ceil(spec.operations * spec.steps / SLOWEST_CORE / 60)


def companion_megabytes(spec: CompanionSpec) -> int:
    """Of a training job of a companion study: the most that it holds at any time."""
    weights = sum(map(math.prod, spec.shapes.values()))
    return PROGRAM + math.ceil(FLOAT * (COMPANION_COPIES * weights + spec.activations) / 1e6)
