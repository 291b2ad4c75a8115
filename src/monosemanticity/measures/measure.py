"""What is read off a model: pure functions of its weights (section 3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from monosemanticity.model.trained import Model, activations

DELTA = 1e-10
MONOSEMANTIC = 0.999
POSITIVE_BIAS = 0.05


@dataclass(frozen=True)
class Responses:
    """What neurons do when one feature is active alone, at unit strength."""

    h: Float[np.ndarray, "N k"]
    """h_i(F_j); for the absolute value task h_i(F_j) + h_i(-F_j)."""

    @cached_property
    def r(self) -> Float[np.ndarray, " k"]:
        """Monosemanticity of each neuron (eq. 7)."""
        return monosemanticity(self.h)

    @cached_property
    def responding(self) -> Bool[np.ndarray, " k"]:
        """Which neurons any feature activates."""
        return self.h.max(axis=0) > 0

    @cached_property
    def strongest_feature(self) -> Int[np.ndarray, " k"]:
        """The feature that each neuron responds to most; without meaning where it responds to none."""
        return self.h.argmax(axis=0)

    @cached_property
    def monosemantic(self) -> Bool[np.ndarray, " k"]:
        """r_i > 0.999 (section 3)."""
        return self.r > MONOSEMANTIC


def responses(model: Model) -> Responses:
    """Ask the model about every single-feature input of unit strength."""
    h = activations(model.P, model)
    if model.task == "abs":
        h = h + activations(-model.P, model)
    return Responses(h)


def monosemanticity(h: Float[np.ndarray, "N k"]) -> Float[np.ndarray, " k"]:
    """r_i = max_j h_i(F_j) / (1e-10 + sum_j max(0, h_i(F_j))) (eq. 7), 0 for a neuron that no feature activates.

    Taken literally, the equation gives such a neuron a huge negative number where all its responses are negative.
    """
    positive = np.maximum(h, 0)
    return positive.max(axis=0) / (DELTA + positive.sum(axis=0))


def mono_neurons(model: Model, seen: Responses) -> int:
    """Neurons with r_i > 0.999."""
    return int(seen.monosemantic.sum())


def mono_features(model: Model, seen: Responses) -> int:
    """Features that are some monosemantic neuron's strongest."""
    return len(set(seen.strongest_feature[seen.monosemantic].tolist()))


def mean_bias(model: Model, seen: Responses) -> float:
    """Mean of b over the neurons."""
    return float(model.b.mean())


def positive_bias_neurons(model: Model, seen: Responses) -> int:
    """Neurons with b > 0.05 (section 4.1.2)."""
    return int((model.b > POSITIVE_BIAS).sum())


class Measure(NamedTuple):
    """A column of what is measured."""

    unit: str
    of: Callable[[Model, Responses], object]
    """A number of a model, or an array over its neurons."""
    number: type[int] | type[float] = float
    nullable: bool = False
    """Whether a negative number stands for none, which is null in files."""


OF_A_MODEL: dict[str, Measure] = {
    "mono_neurons": Measure("neurons", mono_neurons, int),
    "mono_features": Measure("features", mono_features, int),
    "mean_bias": Measure("1", mean_bias),
    "positive_bias_neurons": Measure("neurons", positive_bias_neurons, int),
}
"""A column each of `measures.parquet` and of the tables; a new one is added here alone."""

OF_A_NEURON: dict[str, Measure] = {
    "neuron": Measure("index", lambda model, seen: np.arange(len(model.b)), int),
    "r": Measure("1, equation 7", lambda model, seen: seen.r),
    "bias": Measure("1", lambda model, seen: model.b),
    "strongest_feature": Measure(
        "index, null where no feature activates the neuron",
        lambda model, seen: np.where(seen.responding, seen.strongest_feature, -1),
        int,
        nullable=True,
    ),
    "w1_norm": Measure("1", lambda model, seen: np.linalg.norm(model.W1, axis=0)),
    "w2_norm": Measure("1", lambda model, seen: np.linalg.norm(model.W2, axis=1)),
}
"""A column each of `neurons.parquet`."""


Columns = dict[str, np.ndarray]


def of_models(models: Mapping[int, Model]) -> Columns:
    """A row a kept model, by the step it was kept at."""
    seen = [(model, responses(model)) for model in models.values()]
    measured = {name: np.array([measure.of(*each) for each in seen]) for name, measure in OF_A_MODEL.items()}
    return {"step": np.array(list(models))} | measured


def of_neurons(model: Model) -> Columns:
    """A row a neuron."""
    seen = responses(model)
    return {name: measure.of(model, seen) for name, measure in OF_A_NEURON.items()}
