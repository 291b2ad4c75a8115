"""How frequent each of the sparse features is (section 2.1)."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Float

POWER_LAW_EXPONENT = 1.1


def uniform(N: int, epsilon: float) -> Float[np.ndarray, " N"]:
    """Frequency epsilon for all features."""
    return np.full(N, epsilon)


def power_law(N: int, epsilon: float) -> Float[np.ndarray, " N"]:
    """Frequencies proportional to i^-1.1 with mean epsilon, then at most 1."""
    weights = np.arange(1, N + 1) ** -POWER_LAW_EXPONENT
    return np.minimum(weights * (epsilon / weights.mean()), 1.0)


FREQUENCIES: dict[str, Callable[[int, float], Float[np.ndarray, " N"]]] = {
    "uniform": uniform,
    "power-law": power_law,
}
"""The mean frequency of each of N features, given epsilon."""
Distribution = Literal[tuple(FREQUENCIES)]
