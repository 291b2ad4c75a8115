"""Which features the neurons of a model represent."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int

from monosemanticity.companions.superposition.model import Model
from monosemanticity.experiment.superposition import Task

REPRESENTED = 0.2
"""Of a neuron's largest response: above it a neuron represents a feature (ours; the source judges by eye)."""

STRONGEST: dict[Task, Callable[[Float[np.ndarray, "m n"]], Float[np.ndarray, "m n"]]] = {
    "identity": lambda W1: np.maximum(W1, 0),
    "absolute": np.abs,
}
"""The largest response of each neuron to each feature alone, over the range of the task."""


def responses(model: Model) -> Float[np.ndarray, "m n"]:
    """The largest response of each neuron to each feature alone, in units of its largest; 0 where it has none."""
    strongest = STRONGEST[model.task](model.W1)
    largest = strongest.max(axis=1, keepdims=True)
    return np.divide(strongest, largest, out=np.zeros_like(strongest), where=largest > 0)


def represents(model: Model) -> Bool[np.ndarray, "m n"]:
    """Which features each neuron represents."""
    return responses(model) > REPRESENTED


def polysemantic(model: Model) -> Bool[np.ndarray, " m"]:
    """Neurons that represent several features: their second-largest response is above 0.2 of the largest."""
    return represents(model).sum(axis=1) > 1


def monosemantic(model: Model) -> Bool[np.ndarray, " m"]:
    """Neurons that represent one feature."""
    return represents(model).sum(axis=1) == 1


def primary(model: Model) -> Int[np.ndarray, " m"]:
    """The feature of each neuron's largest response; the lower, the more important."""
    return responses(model).argmax(axis=1)


def superposition(model: Model) -> Float[np.ndarray, " n"]:
    """How far other features lie along each, read from its neurons' responses r: the sum of (r_i . r_j / |r_i|^2)^2.

    0 for a feature whose neurons serve it alone; 1 or more where others add up to as much as itself.
    """
    R = responses(model)
    products = R.T @ R
    own = np.diag(products)[:, None]
    along = np.divide(products, own, out=np.zeros_like(products), where=own > 0)
    return (np.where(np.eye(len(products), dtype=bool), 0, along) ** 2).sum(axis=1)
