"""What pictures ask of a finished model: pure functions of its weights (section 5). Training depends on none of it."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from monosemanticity.measure import Model, Responses
from monosemanticity.network import activations


def mono_neurons_of_features(seen: Responses) -> Int[Tensor, " N"]:
    """How many monosemantic neurons have each feature as their strongest."""
    return torch.bincount(seen.strongest_feature[seen.monosemantic], minlength=len(seen.h))


def by_falling_monosemanticity(r: Float[Tensor, " k"]) -> Int[Tensor, " k"]:
    """The order of neurons in pictures: the most monosemantic first."""
    return torch.argsort(r, descending=True, stable=True)


def picture(seen: Responses) -> Float[Tensor, "k N"]:
    """Activations with neurons by falling r_i and features by the place of the neuron they activate most."""
    rows = seen.h[:, by_falling_monosemanticity(seen.r)].T
    return rows[:, torch.argsort(rows.argmax(dim=0), stable=True)]


def amplitude_response(
    model: Model, feature: int, amplitudes: Float[Tensor, " amplitudes"], among: Bool[Tensor, " k"]
) -> Float[Tensor, " amplitudes"]:
    """Output `feature` of the chosen neurons alone, for inputs with that feature alone (section 5.1)."""
    h = activations(amplitudes[:, None] * model.P[feature], model.W1, model.b, model.activation)
    return (h * among) @ model.W2[:, feature]


def linearised_map(model: Model, among: Bool[Tensor, " k"]) -> Float[Tensor, "N outputs"]:
    """P W1 W2 through the chosen neurons as if they were linear (section 5.2)."""
    return model.P @ model.W1[:, among] @ model.W2[among]
