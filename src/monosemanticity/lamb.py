"""The optimiser: LAMB in its first published form, and the learning rate's swing."""

import math

import numpy as np
import torch
from torch import Tensor

from monosemanticity import kernels
from monosemanticity.network import Parameters

BETA1, BETA2 = 0.9, 0.999
EPSILON = 1e-6
LARGEST_WEIGHT_NORM = 10.0
T_MAX = 512


def swing(learning_rate: float, step: int) -> float:
    """The learning rate of a step, counted from 1: cosine annealing with T_max = 2^9 that is not stopped there.

    It starts at the base rate, reaches zero after T_max steps and is back at the base rate after 2 T_max, for the
    whole run (Appendix A gives T_max; that it swings on is the authors' code).
    """
    return learning_rate * (1 + math.cos(math.pi * (step - 1) / T_MAX)) / 2


class Lamb:
    """Layerwise adaptive moments (You et al. 2019, first version): no bias correction, no weight decay.

    Each of W1, b and W2 moves against u = m / (sqrt(v) + eps) times the trust ratio min(||w||, 10) / ||u||.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.m = parameters.zeros_like()
        self.v = parameters.zeros_like()

    def step(self, gradient: Parameters, learning_rate: float | Tensor) -> None:
        """Move the parameters by one step; what was the gradient is lost."""
        g, m, v = gradient.flat, self.m.flat, self.v.flat
        m.lerp_(g, 1 - BETA1)
        v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
        torch.sqrt(v, out=g).add_(EPSILON)
        torch.div(m, g, out=g)
        for weight, u in zip(self.parameters.tensors(), gradient.tensors(), strict=True):
            weight_norm = torch.linalg.vector_norm(weight).clamp_max_(LARGEST_WEIGHT_NORM)
            u_norm = torch.linalg.vector_norm(u)
            ratio = torch.where((weight_norm > 0) & (u_norm > 0), weight_norm / u_norm, 1.0)
            weight.sub_(u.mul_(ratio * learning_rate))


class CompiledLamb(Lamb):
    """The same on a processor, in one pass over the numbers and one over the weights."""

    def step(self, gradient: Parameters, learning_rate: float) -> None:
        tensors = (self.parameters.tensors(), gradient.tensors(), self.m.tensors(), self.v.tensors())
        for arrays in zip(*([t.view(-1).numpy() for t in some] for some in tensors), strict=True):
            kernels.lamb(
                *arrays,
                learning_rate,
                np.float32(BETA1),
                np.float32(BETA2),
                np.float32(EPSILON),
                LARGEST_WEIGHT_NORM,
            )
