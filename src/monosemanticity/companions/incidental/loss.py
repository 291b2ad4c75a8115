"""The squared error of y = ReLU(W f(W^T x)) over all inputs, and its gradient, through the products of W's rows.

Inputs are single features, the rows of the identity, and with probability q a feature and a second one (section "Loss
and dynamics", and for q the comments). The sum over n inputs of an exact expectation, so that nothing is sampled.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.experiment.incidental import Nonlinearity


class Hidden(NamedTuple):
    """A nonlinearity f of the neurons."""

    activation: Callable[[Tensor], Tensor]
    back: Callable[[Tensor, Tensor], Tensor]
    """From a gradient by the activations, and these, to that by what the neurons are given."""


HIDDEN: dict[Nonlinearity, Hidden] = {
    "identity": Hidden(lambda inputs: inputs, lambda gradient, activations: gradient),
    "relu": Hidden(torch.relu, lambda gradient, activations: gradient * (activations > 0)),
}


def squared_error(
    W: Float[Tensor, "instances n m"], hidden: Hidden, co_occurrence: float
) -> Float[Tensor, " instances"]:
    """Of every instance, without noise."""
    return _by_outputs(hidden.activation(W) @ W.mT, co_occurrence)[0]


def gradient(
    W: Float[Tensor, "instances n m"],
    noise: Float[Tensor, "instances n m"] | None,
    hidden: Hidden,
    co_occurrence: float,
) -> Float[Tensor, "instances n m"]:
    """Of the squared error by W, where noise is added to what the neurons are given for each feature."""
    activations = hidden.activation(W if noise is None else W + noise)
    _, slopes = _by_outputs(activations @ W.mT, co_occurrence)
    if activations is W:  # one product in place of two
        return (slopes + slopes.mT) @ W
    return slopes.mT @ activations + hidden.back(slopes @ W, activations)


def _by_outputs(
    Z: Float[Tensor, "instances n n"], q: float
) -> tuple[Float[Tensor, " instances"], Float[Tensor, "instances n n"]]:
    """The squared error and its gradient by Z_ik, what feature i alone gives output k before its ReLU."""
    identity = torch.eye(Z.shape[1], dtype=Z.dtype)
    residual = Z.relu() - identity
    error = (1 - q) * residual.square().sum(dim=(1, 2))
    slopes = 2 * (1 - q) * residual * (Z > 0)
    if q:
        share = q / (Z.shape[1] - 1)
        sums = Z[:, :, None] + Z[:, None]
        residual = (sums.relu() - identity[:, None] - identity) * (1 - identity)[:, :, None]  # i and j differ
        error = error + share * residual.square().sum(dim=(1, 2, 3))
        slopes = slopes + 4 * share * (residual * (sums > 0)).sum(dim=2)  # as input i and as its second
    return error, slopes
