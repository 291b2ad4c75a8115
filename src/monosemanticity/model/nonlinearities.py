"""The nonlinearities of the network (eq. 5): in place with their derivatives for training, and plain for PyTorch."""

import math
from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.experiment.activations import Activation


class Nonlinearity(ABC):
    """phi of eq. 5 and its derivative, on buffers that are overwritten in place."""

    @abstractmethod
    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        """Turn e into h = phi(e); leave in slope what `backward` will need of e."""

    def backward(self, gradient: Float[Tensor, "b k"], h: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        """Turn the gradient by h into the gradient by e; h may be lost."""
        gradient.mul_(slope)

    @staticmethod
    @abstractmethod
    def derivable(e: Float[Tensor, "*inputs k"]) -> Float[Tensor, "*inputs k"]:
        """Phi(e), which PyTorch derives: for gradients of a trained model by anything, of any order."""


class ReLU(Nonlinearity):
    """max(e, 0)"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        e.clamp_min_(0)

    def backward(self, gradient: Float[Tensor, "b k"], h: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        gradient.mul_(h.sign_())

    @staticmethod
    def derivable(e: Float[Tensor, "*inputs k"]) -> Float[Tensor, "*inputs k"]:
        return torch.relu(e)


class GeLU(Nonlinearity):
    """e times the normal distribution function of e, exactly"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        distribution = torch.erf(e * (1 / math.sqrt(2))).add_(1).mul_(0.5)
        torch.square(e, out=slope).mul_(-0.5).exp_().mul_(1 / math.sqrt(2 * math.pi))
        slope.mul_(e).add_(distribution)
        e.mul_(distribution)

    @staticmethod
    def derivable(e: Float[Tensor, "*inputs k"]) -> Float[Tensor, "*inputs k"]:
        return torch.nn.functional.gelu(e)


class UnnormalisedSoLU(Nonlinearity):
    """e exp(e): the SoLU of the authors' code, without the sum over neurons"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        torch.exp(e, out=slope)
        e.mul_(slope)
        slope.add_(e)

    @staticmethod
    def derivable(e: Float[Tensor, "*inputs k"]) -> Float[Tensor, "*inputs k"]:
        return e * torch.exp(e)


class SoLU(Nonlinearity):
    """e softmax(e), the softmax over the neurons of a sample: the published SoLU"""

    def forward(self, e: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        torch.softmax(e, dim=1, out=slope)
        e.mul_(slope)
        slope.add_(e)

    def backward(self, gradient: Float[Tensor, "b k"], h: Float[Tensor, "b k"], slope: Float[Tensor, "b k"]) -> None:
        through_the_sum = torch.linalg.vecdot(gradient, h).unsqueeze(1) * (slope - h)
        gradient.mul_(slope).sub_(through_the_sum)

    @staticmethod
    def derivable(e: Float[Tensor, "*inputs k"]) -> Float[Tensor, "*inputs k"]:
        return e * torch.softmax(e, dim=-1)


NONLINEARITIES: dict[Activation, Nonlinearity] = {
    "relu": ReLU(),
    "gelu": GeLU(),
    "solu": SoLU(),
    "unnormalised_solu": UnnormalisedSoLU(),
}
