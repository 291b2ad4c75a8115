"""The parameters of the two-layer model (eqs. 4-6), and their initial values."""

import math
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.experiment.spec import RunSpec


class Parameters:
    """W1 (d x k), b (k) and W2 (k x outputs) as views of one flat vector, so that one pass updates them all.

    W1 and b lie together as the d + 1 rows of `first`: with a column of ones appended to x, one product does both.
    """

    def __init__(self, d: int, k: int, n_outputs: int, device: torch.device) -> None:
        self.shape, self.device = (d, k, n_outputs), device
        self.flat: Float[Tensor, " size"] = torch.zeros((d + 1) * k + k * n_outputs, device=device)
        self.first: Float[Tensor, "d+1 k"] = self.flat[: (d + 1) * k].view(d + 1, k)
        self.W1: Float[Tensor, "d k"] = self.first[:d]
        self.b: Float[Tensor, " k"] = self.first[d]
        self.W2: Float[Tensor, "k outputs"] = self.flat[(d + 1) * k :].view(k, n_outputs)
        self.connected: Self | None = None
        """1 where a parameter is there and 0 where it stays zero; none where all are there."""

    def zeros_like(self) -> Self:
        return type(self)(*self.shape, self.device)

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """W1, b and W2: the tensors that LAMB gives a trust ratio each."""
        return self.W1, self.b, self.W2


def initial_parameters(spec: RunSpec, random: np.random.Generator, device: torch.device) -> Parameters:
    """W1, b ~ U(-1/sqrt(d), 1/sqrt(d)) and W2 ~ U(-1/sqrt(k), 1/sqrt(k)), then the bias offset (section 4.1.2)."""
    parameters = Parameters(spec.d, spec.k, spec.n_outputs, device)
    for tensor, fan_in in zip(parameters.tensors(), (spec.d, spec.d, spec.k), strict=True):
        bound = 1 / math.sqrt(fan_in)
        tensor.copy_(torch.from_numpy(random.uniform(-bound, bound, tuple(tensor.shape))))
    parameters.b.add_(spec.bias_offset)
    if spec.density < 1:
        _disconnect(parameters, spec.density, random)
    return parameters


def _disconnect(parameters: Parameters, density: float, random: np.random.Generator) -> None:
    """Leave a share of the weights of both layers, chosen at random (section 4.1.4), and all biases.

    Those that stay grow by 1 / sqrt(density), so that sums over fewer of them are as large.
    """
    connected = parameters.zeros_like()
    connected.b.fill_(1)
    for weights, there in ((parameters.W1, connected.W1), (parameters.W2, connected.W2)):
        there.copy_(torch.from_numpy(random.random(tuple(there.shape)) < density))
        weights.mul_(there).div_(math.sqrt(density))
    parameters.connected = connected
