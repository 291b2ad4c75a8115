"""What pictures ask of a finished model: pure functions of its weights (section 5). Training depends on none of it."""

import numpy as np
from jaxtyping import Bool, Float, Int

from monosemanticity.measures.measure import Responses
from monosemanticity.model.trained import Model, activations


def mono_neurons_of_features(seen: Responses) -> Int[np.ndarray, " N"]:
    """How many monosemantic neurons have each feature as their strongest."""
    return np.bincount(seen.strongest_feature[seen.monosemantic], minlength=len(seen.h))


def by_falling_monosemanticity(r: Float[np.ndarray, " k"]) -> Int[np.ndarray, " k"]:
    """The order of neurons in pictures: the most monosemantic first."""
    return np.argsort(-r, kind="stable")


def picture(seen: Responses) -> Float[np.ndarray, "k N"]:
    """Activations with neurons by falling r_i and features by the place of the neuron they activate most."""
    rows = seen.h[:, by_falling_monosemanticity(seen.r)].T
    return rows[:, np.argsort(rows.argmax(axis=0), kind="stable")]


def amplitude_response(
    model: Model, feature: int, amplitudes: Float[np.ndarray, " amplitudes"], among: Bool[np.ndarray, " k"]
) -> Float[np.ndarray, " amplitudes"]:
    """Output `feature` of the chosen neurons alone, for inputs with that feature alone (section 5.1)."""
    h = activations(amplitudes[:, None] * model.P[feature], model)
    return (h * among) @ model.W2[:, feature]


def linearised_map(model: Model, among: Bool[np.ndarray, " k"]) -> Float[np.ndarray, "N outputs"]:
    """P W1 W2 through the chosen neurons as if they were linear (section 5.2)."""
    return model.P @ model.W1[:, among] @ model.W2[among]
