"""The optimiser: LAMB in its first published form, and the learning rate's swing."""

import math

import torch

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
        self._update = parameters.zeros_like()

    def step(self, gradient: Parameters, learning_rate: float) -> None:
        """Move the parameters by one step."""
        m, v, update = self.m.flat, self.v.flat, self._update.flat
        m.lerp_(gradient.flat, 1 - BETA1)
        v.mul_(BETA2).addcmul_(gradient.flat, gradient.flat, value=1 - BETA2)
        torch.sqrt(v, out=update)
        torch.div(m, update.add_(EPSILON), out=update)
        for weight, change in zip(self.parameters.tensors(), self._update.tensors(), strict=True):
            weight_norm = torch.linalg.vector_norm(weight).clamp_max_(LARGEST_WEIGHT_NORM)
            change_norm = torch.linalg.vector_norm(change)
            ratio = weight_norm / change_norm
            ratio = torch.where((weight_norm > 0) & (change_norm > 0), ratio, 1.0)
            weight.addcmul_(change, ratio, value=-learning_rate)
