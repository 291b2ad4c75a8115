"""The two-layer model (eqs. 4-6): its parameters, their initial values, and its nonlinearities."""

import math
from abc import ABC, abstractmethod
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.spec import Activation, RunSpec


class Parameters:
    """W1 (d x k), b (k) and W2 (k x outputs) as views of one flat vector, so that one pass updates them all.

    W1 and b lie together as the d + 1 rows of `first`: with a column of ones beside x, one product does both.
    """

    def __init__(self, d: int, k: int, n_outputs: int, device: torch.device) -> None:
        self.shape, self.device = (d, k, n_outputs), device
        self.flat: Float[Tensor, " size"] = torch.zeros((d + 1) * k + k * n_outputs, device=device)
        self.first: Float[Tensor, "d+1 k"] = self.flat[: (d + 1) * k].view(d + 1, k)
        self.W1: Float[Tensor, "d k"] = self.first[:d]
        self.b: Float[Tensor, " k"] = self.first[d]
        self.W2: Float[Tensor, "k outputs"] = self.flat[(d + 1) * k :].view(k, n_outputs)

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
    return parameters


class Nonlinearity(ABC):
    """phi of eq. 5 and its derivative, on buffers that are overwritten in place."""

    @abstractmethod
    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        """Turn e into h = phi(e); leave in slope what `backward` will need of e."""

    def backward(self, gradient: Float[Tensor, "b k"], h: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        """Turn the gradient by h into the gradient by e; h may be lost."""
        gradient.mul_(slope)


class ReLU(Nonlinearity):
    """max(e, 0)"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        e.clamp_min_(0)

    def backward(self, gradient: Float[Tensor, "b k"], h: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        gradient.mul_(h.sign_())


class GeLU(Nonlinearity):
    """e times the normal distribution function of e, exactly"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        distribution = torch.erf(e * (1 / math.sqrt(2))).add_(1).mul_(0.5)
        torch.square(e, out=slope).mul_(-0.5).exp_().mul_(1 / math.sqrt(2 * math.pi))
        slope.mul_(e).add_(distribution)
        e.mul_(distribution)


class UnnormalisedSoLU(Nonlinearity):
    """e exp(e): the SoLU of the authors' code, without the sum over neurons"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        torch.exp(e, out=slope)
        e.mul_(slope)
        slope.add_(e)


class SoLU(Nonlinearity):
    """e softmax(e), the softmax over the neurons of a sample: the published SoLU"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        torch.softmax(e, dim=1, out=slope)
        e.mul_(slope)
        slope.add_(e)

    def backward(self, gradient: Float[Tensor, "b k"], h: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        through_the_sum = torch.linalg.vecdot(gradient, h).unsqueeze(1) * (slope - h)
        gradient.mul_(slope).sub_(through_the_sum)


NONLINEARITIES: dict[Activation, Nonlinearity] = {
    "relu": ReLU(),
    "gelu": GeLU(),
    "solu": SoLU(),
    "unnormalised_solu": UnnormalisedSoLU(),
}
