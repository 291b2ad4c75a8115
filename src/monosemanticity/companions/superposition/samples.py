"""Inputs: every feature is 0 with probability S, and else uniform in the range of the task."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from monosemanticity.experiment.superposition import SuperpositionSpec, Task

HELD_OUT = 2**53 + 1
"""The step whose stream draws what models are evaluated on, beyond every training step."""

Inputs = Float[np.ndarray, "*samples n"]

RANGES: dict[Task, Callable[[Inputs], Inputs]] = {
    "identity": lambda share: share,
    "absolute": lambda share: 2 * share - 1,
}
"""From [0, 1) to the values of a feature that is not 0."""


def draw(spec: SuperpositionSpec, random: np.random.Generator, *samples: int) -> Inputs:
    """Independent inputs; one uniform number decides whether a feature is 0 and, below 1 - S, also its value."""
    drawn = random.random((*samples, spec.n), dtype=np.float32)
    return np.where(drawn < spec.active, RANGES[spec.task](drawn / spec.active), 0)
