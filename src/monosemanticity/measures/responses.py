"""How a model responds to single features: pure functions of its weights (sections 3 and 5)."""

import numpy as np
from jaxtyping import Bool, Float, Int

from monosemanticity.experiment.spec import outputs_are_features
from monosemanticity.measures.monosemanticity import Responses
from monosemanticity.model.trained import Model, activations


def by_falling_monosemanticity(r: Float[np.ndarray, " k"]) -> Int[np.ndarray, " k"]:
    """The order of neurons in pictures: the most monosemantic first."""
    return np.argsort(-r, kind="stable")


def picture(seen: Responses) -> Float[np.ndarray, "k N"]:
    """Activations with neurons by falling r_i and features by the place of the neuron they activate most."""
    rows = seen.h[:, by_falling_monosemanticity(seen.r)].T
    return rows[:, np.argsort(rows.argmax(axis=0), kind="stable")]


def own_outputs(model: Model, among: Bool[np.ndarray, " k"], amplitude: float) -> Float[np.ndarray, " N"]:
    """What the chosen neurons alone give out for each feature alone at an amplitude: output j for feature j.

    NaN where the outputs are no features, as the re-projector's (section 5.1).
    """
    if not outputs_are_features(model.task):
        return np.full(len(model.P), np.nan)
    return np.einsum("jk,kj->j", activations(amplitude * model.P, model) * among, model.W2)
