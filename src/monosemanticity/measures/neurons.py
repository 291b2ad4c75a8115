"""What is measured of a model's neurons: pure functions of its weights (section 4.1)."""

import numpy as np
from jaxtyping import Float

from monosemanticity.measures.monosemanticity import Responses
from monosemanticity.model.trained import Model

POSITIVE_BIAS = 0.05


def mono_neurons(model: Model, seen: Responses) -> int:
    """Neurons with r_i > 0.999."""
    return int(seen.monosemantic.sum())


def dead_neurons(model: Model, seen: Responses) -> int:
    """Neurons that no feature activates."""
    return int((~seen.responding).sum())


def mean_bias(model: Model, seen: Responses) -> float:
    """Mean of b over the neurons."""
    return float(model.b.mean())


def positive_bias_neurons(model: Model, seen: Responses) -> int:
    """Neurons with b > 0.05 (section 4.1.2)."""
    return int((model.b > POSITIVE_BIAS).sum())


def onset(model: Model, seen: Responses) -> Float[np.ndarray, " k"]:
    """Amplitude at which a neuron's strongest feature alone brings e above 0: -b / |w1| along it (section 5.1).

    NaN where no feature activates the neuron, or where e is above 0 without any.
    """
    pull = np.einsum("kd,dk->k", model.P[seen.strongest_feature], model.W1)
    pull = np.abs(pull) if model.task == "abs" else pull
    rising = seen.responding & (model.b < 0) & (pull > 0)
    return np.divide(-model.b, pull, out=np.full_like(pull, np.nan), where=rising)
