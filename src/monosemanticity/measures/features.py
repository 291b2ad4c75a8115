"""What is measured of a model's features: pure functions of its weights (sections 4.1.1 and 5.1)."""

import numpy as np
from jaxtyping import Float, Int

from monosemanticity.measures import neurons
from monosemanticity.measures.monosemanticity import ALMOST_MONOSEMANTIC, Responses
from monosemanticity.measures.responses import own_outputs
from monosemanticity.model.trained import Model


def mono_neurons(model: Model, seen: Responses) -> Int[np.ndarray, " N"]:
    """How many monosemantic neurons have each feature as their strongest."""
    return np.bincount(seen.strongest_feature[seen.monosemantic], minlength=len(seen.h))


def largest_r(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """The largest r_i of the neurons whose strongest feature each is; NaN where there is none."""
    largest = np.full(len(seen.h), np.nan)
    np.fmax.at(largest, seen.strongest_feature[seen.responding], seen.r[seen.responding])
    return largest


def mono_features(model: Model, seen: Responses) -> int:
    """Features with a monosemantic neuron."""
    return int((mono_neurons(model, seen) > 0).sum())


def one_mono_features(model: Model, seen: Responses) -> int:
    """Features with one monosemantic neuron."""
    return int((mono_neurons(model, seen) == 1).sum())


def almost_mono_features(model: Model, seen: Responses) -> int:
    """Features without a monosemantic neuron that have one with r_i > 0.9."""
    return int(((mono_neurons(model, seen) == 0) & (largest_r(model, seen) > ALMOST_MONOSEMANTIC)).sum())


def onset(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """Amplitude at which the first of a feature's monosemantic neurons starts to respond."""
    return _onset_in_order(model, seen, 0)


def second_onset(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """Amplitude at which the second of a feature's monosemantic neurons starts to respond: the output's second kink."""
    return _onset_in_order(model, seen, 1)


def _onset_in_order(model: Model, seen: Responses, place: int) -> Float[np.ndarray, " N"]:
    """NaN where a feature has no such neuron."""
    at = neurons.onset(model, seen)
    counted = seen.monosemantic & np.isfinite(at)
    found = np.full(len(seen.h), np.nan)
    for feature in np.unique(seen.strongest_feature[counted]):
        own = np.sort(at[counted & (seen.strongest_feature == feature)])
        found[feature] = own[place] if place < len(own) else np.nan
    return found


def output(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """Output for each feature alone at unit strength, whose truth is 1."""
    return own_outputs(model, np.ones_like(model.b, dtype=bool), 1.0)
