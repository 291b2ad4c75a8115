"""The gradient of the loss on one batch, by hand and in place."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.network import NONLINEARITIES, Parameters
from monosemanticity.spec import RunSpec
from monosemanticity.tasks import FeatureDecoder, Samples

CACHED_FLOATS = 2**19
"""Activations of one slice of the batch: what fits a core's cache, so that elementwise passes stay cheap."""


class Losses(NamedTuple):
    """Means over the batch: squared error summed over the outputs, and the L1 penalty summed over the neurons."""

    task: Float[Tensor, ""]
    l1: Float[Tensor, ""]


class Step:
    """Loss and gradient, the batch taken in slices whose activations stay in cache."""

    def __init__(self, spec: RunSpec, task: FeatureDecoder, parameters: Parameters) -> None:
        self.spec = spec
        self.task = task
        self.parameters = parameters
        self.gradient = parameters.zeros_like()
        self.nonlinearity = NONLINEARITIES[spec.activation]
        rows = min(spec.batch_size, max(64, CACHED_FLOATS // spec.k))
        self._x = torch.ones(rows, spec.d + 1)
        self._h, self._slope, self._de = (torch.empty(rows, spec.k) for _ in range(3))
        self._residual = torch.empty(rows, spec.n_outputs)

    def __call__(self, samples: Samples) -> Losses:
        """Fill `gradient` with the gradient of task loss plus L1 penalty, and return the two."""
        b = self.spec.batch_size
        self.gradient.flat.zero_()
        squared_error, magnitude = torch.zeros(()), torch.zeros(())
        for start in range(0, b, len(self._x)):
            stop = min(start + len(self._x), b)
            self._add_slice(samples.rows(start, stop), squared_error, magnitude)
        return Losses(squared_error / b, self.spec.l1 * magnitude / b)

    def _add_slice(self, samples: Samples, squared_error: Tensor, magnitude: Tensor) -> None:
        """Add a slice's share of the gradient; the 2 / b of the mean square enters with the last products."""
        rows = len(samples.starts) - 1
        mean_square = 2 / self.spec.batch_size
        x, h, slope, de, residual = (
            buffer[:rows] for buffer in (self._x, self._h, self._slope, self._de, self._residual)
        )
        x[:, :-1] = self.task.inputs(samples)
        torch.mm(x, self.parameters.first, out=h)
        self.nonlinearity.forward(h, slope)
        torch.mm(h, self.parameters.W2, out=residual)
        self.task.subtract_target(residual, samples)
        squared_error.add_(torch.dot(residual.view(-1), residual.view(-1)))

        self.gradient.W2.addmm_(h.T, residual, alpha=mean_square)
        torch.mm(residual, self.parameters.W2.T, out=de)
        if self.spec.l1:
            magnitude.add_(torch.linalg.vector_norm(h, ord=1))
            de.add_(torch.sign(h), alpha=self.spec.l1 / 2)
        self.nonlinearity.backward(de, h, slope)
        self.gradient.first.addmm_(x.T, de, alpha=mean_square)
