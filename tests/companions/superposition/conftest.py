"""A small run to vary, and models by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from monosemanticity.companions.superposition.model import Model
from monosemanticity.experiment.superposition import SuperpositionSpec

SMALL: dict[str, Any] = {
    "task": "absolute",
    "n": 5,
    "m": 4,
    "instances": 3,
    "steps": 30,
    "importance": 0.8,
    "active": 0.4,
    "batch_size": 16,
    "learning_rate": 0.01,
    "initial_sd": 0.3,
    "seed": 1,
}


@pytest.fixture(scope="session")
def small_spec() -> Callable[..., SuperpositionSpec]:
    """A run of a few milliseconds, with some of its numbers replaced."""

    def spec(**instead: Any) -> SuperpositionSpec:
        return SuperpositionSpec(**SMALL | instead)

    return spec


@pytest.fixture(scope="session")
def both_sides() -> Callable[[int], Model]:
    """The absolute value of n features, exactly: a positive and a negative side of each."""

    def model(n: int) -> Model:
        W1 = np.concatenate([np.eye(n), -np.eye(n)])
        return Model("absolute", W1, np.abs(W1).T, np.zeros(n))

    return model
