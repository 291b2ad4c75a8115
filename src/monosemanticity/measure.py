"""What training records of a model: pure functions of its weights (section 3)."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from monosemanticity.network import activations
from monosemanticity.spec import Activation, Task

DELTA = 1e-10
MONOSEMANTIC = 0.999
POSITIVE_BIAS = 0.05


class Model(NamedTuple):
    """A model at one step of its training: what it does and its weights."""

    task: Task
    activation: Activation
    P: Float[Tensor, "N d"]
    W1: Float[Tensor, "d k"]
    b: Float[Tensor, " k"]
    W2: Float[Tensor, "k outputs"]


class Responses(NamedTuple):
    """What neurons do when one feature is active alone, at unit strength."""

    h: Float[Tensor, "N k"]
    """h_i(F_j); for the absolute value task h_i(F_j) + h_i(-F_j)."""
    r: Float[Tensor, " k"]
    """Monosemanticity of each neuron (eq. 7)."""
    strongest_feature: Int[Tensor, " k"]
    """The feature that each neuron responds to most."""

    @property
    def monosemantic(self) -> Bool[Tensor, " k"]:
        """r_i > 0.999 (section 3)."""
        return self.r > MONOSEMANTIC


def responses(model: Model) -> Responses:
    """Ask the model about every single-feature input of unit strength."""
    h = activations(model.P, model.W1, model.b, model.activation)
    if model.task == "abs":
        h = h + activations(-model.P, model.W1, model.b, model.activation)
    return Responses(h, monosemanticity(h), h.argmax(dim=0))


def monosemanticity(h: Float[Tensor, "N k"]) -> Float[Tensor, " k"]:
    """r_i = max_j h_i(F_j) / (1e-10 + sum_j max(0, h_i(F_j))) (eq. 7).

    0 for a neuron that never responds; negative, and huge, for one whose responses are all negative.
    """
    return h.amax(dim=0) / (DELTA + h.clamp_min(0).sum(dim=0))


class Summary(NamedTuple):
    """What a trace follows beside the loss."""

    mono_neurons: int
    """Neurons with r_i > 0.999."""
    mono_features: int
    """Features that are some monosemantic neuron's strongest."""
    mean_bias: float
    positive_bias_neurons: int
    """Neurons with b > 0.05 (section 4.1.2)."""


def summary(model: Model) -> Summary:
    """Count the model's monosemantic neurons and read its biases."""
    seen = responses(model)
    return Summary(
        mono_neurons=int(seen.monosemantic.sum()),
        mono_features=len(seen.strongest_feature[seen.monosemantic].unique()),
        mean_bias=float(model.b.mean()),
        positive_bias_neurons=int((model.b > POSITIVE_BIAS).sum()),
    )


def neurons(model: Model) -> dict[str, Tensor]:
    """One entry a neuron: its index, monosemanticity, bias, strongest feature and weight norms."""
    seen = responses(model)
    return {
        "neuron": torch.arange(len(model.b)),
        "r": seen.r,
        "bias": model.b,
        "strongest_feature": seen.strongest_feature,
        "w1_norm": torch.linalg.vector_norm(model.W1, dim=0),
        "w2_norm": torch.linalg.vector_norm(model.W2, dim=1),
    }
