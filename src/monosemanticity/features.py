"""Sparse features: how frequent each is, and where it is embedded (section 2.1)."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from monosemanticity.spec import Distribution

POWER_LAW_EXPONENT = 1.1


def uniform(N: int, epsilon: float) -> Float[np.ndarray, " N"]:
    """Frequency epsilon for all features."""
    return np.full(N, epsilon)


def power_law(N: int, epsilon: float) -> Float[np.ndarray, " N"]:
    """Frequencies proportional to i^-1.1 with mean epsilon, then at most 1."""
    weights = np.arange(1, N + 1) ** -POWER_LAW_EXPONENT
    return np.minimum(weights * (epsilon / weights.mean()), 1.0)


FREQUENCIES: dict[Distribution, Callable[[int, float], Float[np.ndarray, " N"]]] = {
    "uniform": uniform,
    "power-law": power_law,
}
"""The mean frequency of each of N features, given epsilon."""


def projection(random: np.random.Generator, N: int, d: int) -> Float[np.ndarray, "N d"]:
    """A random linear map from features to d dimensions: row j is the unit-norm embedding of feature j.

    The left singular vectors of a normal matrix, each row scaled to unit length (protocol of the authors' code).
    """
    U, _, _ = np.linalg.svd(random.standard_normal((N, d)), full_matrices=False)
    return U / np.linalg.norm(U, axis=1, keepdims=True)
