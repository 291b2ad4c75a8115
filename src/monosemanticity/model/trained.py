"""A trained model as NumPy arrays in double precision: all that reading a model needs, without PyTorch."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from monosemanticity.experiment.spec import Activation, RunSpec, Task


class Model(NamedTuple):
    """A model at one step of its training: what it does and its weights (eqs. 4 to 6)."""

    task: Task
    activation: Activation
    P: Float[np.ndarray, "N d"]
    W1: Float[np.ndarray, "d k"]
    b: Float[np.ndarray, " k"]
    W2: Float[np.ndarray, "k outputs"]


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


PHI: dict[Activation, Callable[[Preactivations], Preactivations]] = {
    "relu": relu,
    "gelu": gelu,
    "solu": solu,
    "unnormalised_solu": unnormalised_solu,
}
"""phi of eq. 5. Training has its own, with derivatives and in place (nonlinearities.py); a test holds both together."""


def model_of(spec: RunSpec, weights: Mapping[str, Float[np.ndarray, "..."]]) -> Model:
    """A run's model from its weights, by their symbols."""
    return Model(spec.task, spec.activation, *(weights[name].astype(np.float64) for name in ("P", "W1", "b", "W2")))


def activations(x: Float[np.ndarray, "inputs d"], model: Model) -> Float[np.ndarray, "inputs k"]:
    """H = phi(W1 x + b) (eqs. 4 and 5)."""
    return PHI[model.activation](x @ model.W1 + model.b)
