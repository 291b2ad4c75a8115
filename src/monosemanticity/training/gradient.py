"""The gradient of the loss on one batch, by hand and in place: what the two exact forms of it share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.model.feature_vectors import Samples
from monosemanticity.model.nonlinearities import NONLINEARITIES
from monosemanticity.model.parameters import Parameters
from monosemanticity.model.tasks import FeatureDecoder
from monosemanticity.training.devices import Device

FEWEST_ROWS = 64
BIAS_TARGET = -1.0
"""Where the penalty pulls biases: where the paper's negative start puts them (section 4.1.2)."""


class Losses(NamedTuple):
    """Means over the batch: squared error summed over the outputs, and the L1 penalty summed over the neurons."""

    task: Float[Tensor, ""]
    l1: Float[Tensor, ""]


class Gradient(ABC):
    """Loss and gradient. The batch comes in slices, so that on a processor their activations stay in its cache."""

    cache_share = 1.0
    """Of the device's floats in a slice."""

    def __init__(self, spec: RunSpec, task: FeatureDecoder, parameters: Parameters, device: Device) -> None:
        self.spec, self.task, self.parameters, self.device = spec, task, parameters, device
        self.gradient = parameters.zeros_like()
        most = int(device.slice_floats * self.cache_share) // spec.k
        self.slices = _equal_parts(spec.batch_size, max(FEWEST_ROWS, most))
        """The number of samples in each slice of a batch."""
        self.nonlinearity = NONLINEARITIES[spec.activation]
        self._square_error, self._magnitude = (torch.zeros((), device=device.torch) for _ in range(2))
        self._h, self._slope, self._de = (self._buffer(spec.k) for _ in range(3))

    def __call__(self, batch: Iterable[Samples]) -> Losses:
        """Fill `gradient` with the gradient of task loss plus penalties; return the task loss and the L1 penalty."""
        self._begin()
        for samples in batch:
            self._add(samples)
        self._end()
        self._add_bias_penalty()
        if self.parameters.connected:
            self.gradient.flat.mul_(self.parameters.connected.flat)
        b = self.spec.batch_size
        return Losses(self._square_error / b, self.spec.l1 * self._magnitude / b)

    def _begin(self) -> None:
        """What comes once before the slices."""
        self.gradient.flat.zero_()
        self._square_error.zero_()
        self._magnitude.zero_()

    @abstractmethod
    def _add(self, samples: Samples) -> None:
        """Add a slice's share to the losses and the gradient."""

    def _end(self) -> None:  # noqa: B027 the dense form has nothing left to do
        """What comes once after the slices."""

    def _add_penalty(self, dh: Float[Tensor, "rows k"], h: Float[Tensor, "rows k"]) -> None:
        """Add the L1 penalty and half its gradient by h, as dh is half the gradient of the squared error."""
        if self.spec.l1:
            self._magnitude.add_(torch.linalg.vector_norm(h, ord=1))
            dh.add_(torch.sign(h), alpha=self.spec.l1 / 2)

    def _add_bias_penalty(self) -> None:
        """Add the gradient of the penalty on (b - BIAS_TARGET)^2 summed over the neurons."""
        if self.spec.bias_penalty:
            self.gradient.b.add_(self.parameters.b - BIAS_TARGET, alpha=2 * self.spec.bias_penalty)

    def _buffer(self, columns: int) -> Float[Tensor, "rows columns"]:
        return torch.empty(max(self.slices), columns, device=self.device.torch)


def _equal_parts(whole: int, most: int) -> list[int]:
    """As few parts as may be, none above the most, no two apart by more than one."""
    parts = -(-whole // most)
    return [whole // parts + (part < whole % parts) for part in range(parts)]
