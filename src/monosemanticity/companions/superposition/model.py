"""One trained model as NumPy arrays in double precision, and its neurons on a common scale."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from monosemanticity.experiment.superposition import Task


class Model(NamedTuple):
    """An instance: y = ReLU(W2 ReLU(W1 x) + b)."""

    task: Task
    W1: Float[np.ndarray, "m n"]
    W2: Float[np.ndarray, "n m"]
    b: Float[np.ndarray, " n"]


ENCODER_DECODER: dict[Task, Callable[[Mapping[str, np.ndarray]], tuple[np.ndarray, ...]]] = {
    "identity": lambda tensors: (tensors["W"], tensors["W"].swapaxes(1, 2), tensors["b"]),
    "absolute": lambda tensors: (tensors["W1"], tensors["W2"], tensors["b"]),
}
"""W1, W2 and b of all instances; those of the identity are tied, W and its transpose."""


def models_of(task: Task, tensors: Mapping[str, np.ndarray]) -> list[Model]:
    """The instances of a run from their weights by symbol."""
    parts = zip(*(weights.astype(np.float64) for weights in ENCODER_DECODER[task](tensors)), strict=True)
    return [Model(task, *weights) for weights in parts]


def outputs(model: Model, x: Float[np.ndarray, "samples n"]) -> Float[np.ndarray, "samples n"]:
    """The model's y of inputs."""
    return np.maximum(np.maximum(x @ model.W1.T, 0) @ model.W2.T + model.b, 0)


def rescaled(model: Model) -> Model:
    """The same function with every neuron's largest |w| in W1 at 1, which moves to W2 (footnote 15)."""
    largest = np.abs(model.W1).max(axis=1)
    scale = np.where(largest > 0, largest, 1)
    return model._replace(W1=model.W1 / scale[:, None], W2=model.W2 * scale)
