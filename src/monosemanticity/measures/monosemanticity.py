"""Which neurons answer to one feature alone (section 3)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from monosemanticity.model.trained import Model, activations

DELTA = 1e-10
MONOSEMANTIC = 0.999
ALMOST_MONOSEMANTIC = 0.9
"""Above it the paper calls a neuron almost monosemantic (section 4.1.1)."""


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
