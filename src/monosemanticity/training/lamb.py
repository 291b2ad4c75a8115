"""The optimizer: LAMB in its first published form."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.model.parameters import Parameters
from monosemanticity.model.sparse_loops import compiled

BETA1, BETA2 = 0.9, 0.999
EPSILON = 1e-6
LARGEST_WEIGHT_NORM = 10.0


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
            _one_pass(
                *arrays,
                learning_rate,
                np.float32(BETA1),
                np.float32(BETA2),
                np.float32(EPSILON),
                LARGEST_WEIGHT_NORM,
            )


@compiled
def _one_pass(
    weight: Float[np.ndarray, " size"],
    gradient: Float[np.ndarray, " size"],
    m: Float[np.ndarray, " size"],
    v: Float[np.ndarray, " size"],
    learning_rate: float,
    beta1: np.float32,
    beta2: np.float32,
    epsilon: np.float32,
    largest_norm: float,
) -> None:
    """One tensor's step of LAMB; its direction takes the gradient's place."""
    weight_square, direction_square = np.float32(0), np.float32(0)
    for i in range(len(weight)):
        m[i] += (gradient[i] - m[i]) * (np.float32(1) - beta1)
        v[i] = v[i] * beta2 + gradient[i] * gradient[i] * (np.float32(1) - beta2)
        gradient[i] = m[i] / (np.sqrt(v[i]) + epsilon)
        weight_square += weight[i] * weight[i]
        direction_square += gradient[i] * gradient[i]
    ratio = 1.0
    if weight_square > 0 and direction_square > 0:
        ratio = min(math.sqrt(weight_square), largest_norm) / math.sqrt(direction_square)
    pace = np.float32(learning_rate * ratio)
    for i in range(len(weight)):
        weight[i] -= pace * gradient[i]
