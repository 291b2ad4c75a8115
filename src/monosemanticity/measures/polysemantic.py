"""What the positive-bias neurons do together: a line a feature, and a linear map (section 5.2)."""

import numpy as np
from jaxtyping import Bool, Float

from monosemanticity.measures.monosemanticity import Responses
from monosemanticity.measures.responses import own_outputs
from monosemanticity.model.trained import Model

NONZERO = 0.5
"""Singular values are near 0 or near 1: what is above it counts as one of these."""
AMPLITUDES = np.linspace(0, 1, 11)


def positive_bias(model: Model) -> Bool[np.ndarray, " k"]:
    """The neurons of the polysemantic part."""
    return model.b > 0


def linearised_map(model: Model) -> Float[np.ndarray, "N outputs"]:
    """P W1 W2 through the positive-bias neurons as if they were linear."""
    among = positive_bias(model)
    return model.P @ model.W1[:, among] @ model.W2[among]


def singular_values(model: Model) -> Float[np.ndarray, " d"]:
    """Of the linearised map, the d that can differ from 0, falling."""
    among = positive_bias(model)
    R = np.linalg.qr(model.P, mode="r")  # P turned into its d dimensions, which changes no singular value
    return np.linalg.svd(R @ model.W1[:, among] @ model.W2[among], compute_uv=False)


def nonzero(values: Float[np.ndarray, " d"]) -> Float[np.ndarray, " rank"]:
    """The singular values that are not near 0."""
    return values[values > NONZERO]


def rank(model: Model, seen: Responses) -> int:
    """Singular values of the linearised map that are not near 0."""
    return len(nonzero(singular_values(model)))


def least_singular(model: Model, seen: Responses) -> float:
    """The least singular value that is not near 0; NaN where there is none."""
    return float(min(nonzero(singular_values(model)), default=np.nan))


def greatest_singular(model: Model, seen: Responses) -> float:
    """The greatest singular value, where it is not near 0; else NaN."""
    return float(max(nonzero(singular_values(model)), default=np.nan))


def bias_outputs(model: Model) -> Float[np.ndarray, " outputs"]:
    """What the positive biases give out by themselves: b W2."""
    among = positive_bias(model)
    return model.b[among] @ model.W2[among]


def constant(model: Model, seen: Responses) -> float:
    """The largest output that the positive biases give by themselves: max |b W2| over the outputs."""
    return float(np.abs(bias_outputs(model)).max())


def intercept(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """Output of the part for each feature at amplitude 0."""
    return own_outputs(model, positive_bias(model), 0.0)


def slope(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """Rise of the part's output for each feature from amplitude 0 to 1."""
    return own_outputs(model, positive_bias(model), 1.0) - intercept(model, seen)


def slope_range(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """How far the slope of the part's output varies over amplitudes from 0 to 1, in tenths."""
    line = np.stack([own_outputs(model, positive_bias(model), amplitude) for amplitude in AMPLITUDES])
    return np.ptp(np.diff(line, axis=0) / np.diff(AMPLITUDES)[:, None], axis=0)
