"""phi of eq. 5: the nonlinearity of the neurons, as it is defined."""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Float

ERFC = np.frompyfunc(math.erfc, 1, 1)
"""The complementary error function, entry by entry."""
Preactivations = Float[np.ndarray, "inputs k"]


def relu(e: Preactivations) -> Preactivations:
    """max(e, 0)"""
    return np.maximum(e, 0)


def gelu(e: Preactivations) -> Preactivations:
    """E times the normal distribution function of e, exactly"""
    return e * (0.5 * ERFC(e * -math.sqrt(0.5)).astype(float))


def unnormalised_solu(e: Preactivations) -> Preactivations:
    """E exp(e)"""
    return e * np.exp(e)


def solu(e: Preactivations) -> Preactivations:
    """E softmax(e), the softmax over the neurons of an input"""
    weights = np.exp(e - e.max(axis=1, keepdims=True))
    return e * (weights / weights.sum(axis=1, keepdims=True))


PHI: dict[str, Callable[[Preactivations], Preactivations]] = {
    "relu": relu,
    "gelu": gelu,
    "solu": solu,
    "unnormalised_solu": unnormalised_solu,
}
"""What a run may choose. Training has its own of each, with the derivative (model/nonlinearities.py)."""
Activation = Literal[tuple(PHI)]
