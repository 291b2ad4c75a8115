"""The published predictions, and those that follow for the other starts."""

import numpy as np
from jaxtyping import Num

Numbers = Num[np.ndarray, " *any"] | float


def polysemantic_neurons(n: int, m: Numbers) -> Numbers:
    """n^2 / 4m: of C(n, 2) pairs one in m shares its largest neuron, and half of these with opposite signs."""
    return n**2 / (4 * m)


def necessary_neurons(n: int, m: Numbers) -> Numbers:
    """Neurons that must represent two features where none drops out and none represents more: n - m of m < n."""
    return np.clip(n - m, 0, m)


def l1_norm(t: Numbers, m: int, l1: float) -> Numbers:
    """Of an encoding after a time t without interference: max(1, 1 / (1/sqrt(m) + lambda t)) ("How fast")."""
    return np.maximum(1, 1 / (1 / np.sqrt(m) + l1 * t))


def nonzero_entries(t: Numbers, m: int, l1: float) -> Numbers:
    """m', as m' weights of a unit vector have a sum of about sqrt(m')."""
    return l1_norm(t, m, l1) ** 2


def random_fourth_norm(m: int) -> float:
    """3 / (m + 2): mean of sum_k u_k^4 over all unit vectors of m dimensions."""
    return 3 / (m + 2)
