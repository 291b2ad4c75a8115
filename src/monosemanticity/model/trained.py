"""A trained model as NumPy arrays in double precision: all that reading a model needs, without PyTorch."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from monosemanticity.experiment.activations import PHI, Activation
from monosemanticity.experiment.frequencies import FREQUENCIES
from monosemanticity.experiment.spec import RunSpec, Task


class Model(NamedTuple):
    """A model at one step of its training: what it does and its weights (eqs. 4 to 6)."""

    task: Task
    activation: Activation
    frequencies: Float[np.ndarray, " N"]
    """Of the features."""
    P: Float[np.ndarray, "N d"]
    W1: Float[np.ndarray, "d k"]
    b: Float[np.ndarray, " k"]
    W2: Float[np.ndarray, "k outputs"]


def model_of(spec: RunSpec, weights: Mapping[str, Float[np.ndarray, "..."]]) -> Model:
    """A run's model from its weights, by their symbols."""
    frequencies = FREQUENCIES[spec.distribution](spec.N, spec.epsilon)
    return Model(
        spec.task, spec.activation, frequencies, *(weights[name].astype(np.float64) for name in ("P", "W1", "b", "W2"))
    )


def activations(x: Float[np.ndarray, "inputs d"], model: Model) -> Float[np.ndarray, "inputs k"]:
    """H = phi(W1 x + b) (eqs. 4 and 5)."""
    return PHI[model.activation](x @ model.W1 + model.b)
