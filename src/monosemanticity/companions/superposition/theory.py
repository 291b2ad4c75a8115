"""What a model can do without superposition: exact for some features, a constant for the others."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from monosemanticity.experiment.superposition import SuperpositionSpec, Task

EXACT: dict[Task, Callable[[int], int]] = {"identity": lambda m: m, "absolute": lambda m: m // 2}
"""Features that m neurons can serve by themselves: |x| = ReLU(x) + ReLU(-x) takes two."""


def importances(spec: SuperpositionSpec) -> Float[np.ndarray, " n"]:
    """I_i = I^i, counted from 0."""
    return spec.importance ** np.arange(spec.n)


def constant_loss(active: float) -> float:
    """The squared error of the best constant guess of |x_i|, the same for both tasks: its variance, p/3 - p^2/4."""
    return active / 3 - active**2 / 4


def naive_loss(spec: SuperpositionSpec) -> float:
    """The least loss of a model that serves the most important features exactly and guesses the others."""
    return float(importances(spec)[EXACT[spec.task](spec.m) :].sum() * constant_loss(spec.active))
