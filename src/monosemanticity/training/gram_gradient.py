"""The Gram form of a step, for few neurons: outputs are never formed, nor anything else that is b x N.

With a sparse target t, G = W2 W2^T and H = h^T h summed over the batch, the squared error of a sample is
    |t|^2 - 2 h (W2 t) + h G h^T,
its gradient by h is 2 (h G - W2 t), and by W2, over the batch, 2 (H W2 - h^T t). Inputs come in as P W1, row by row.
"""

import torch

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.model.feature_vectors import Samples
from monosemanticity.model.parameters import Parameters
from monosemanticity.model.tasks import FeatureDecoder
from monosemanticity.training.devices import Device
from monosemanticity.training.gradient import Gradient


class GramGradient(Gradient):
    """Looked-up rows of k numbers for each present feature, and products of k x k."""

    cache_share = 1 / 4  # rows are reached in no order, which takes a nearer cache than products do

    def __init__(self, spec: RunSpec, task: FeatureDecoder, parameters: Parameters, device: Device) -> None:
        super().__init__(spec, task, parameters, device)
        self._H = torch.empty(spec.k, spec.k, device=device.torch)
        self._de_of_features, self._h_of_features = (torch.empty(spec.N, spec.k, device=device.torch) for _ in range(2))

    def _begin(self) -> None:
        super()._begin()
        for total in (self._H, self._de_of_features, self._h_of_features):
            total.zero_()
        self._inputs = self.task.P @ self.parameters.W1
        self._pulls = -self.parameters.W2.T.contiguous()
        self._G = self.parameters.W2 @ self.parameters.W2.T

    def _add(self, samples: Samples) -> None:
        targets = self.task.targets(samples)
        h, slope, de = (buffer[: samples.rows] for buffer in (self._h, self._slope, self._de))
        h.copy_(self.parameters.b.expand_as(h))
        samples.add_rows(h, self._inputs)
        self.nonlinearity.forward(h, slope)
        torch.mm(h, self._G, out=de)
        self._square_error.add_(targets.square_sum()).sub_(torch.dot(h.view(-1), de.view(-1)))
        targets.add_rows(de, self._pulls)
        self._square_error.add_(torch.dot(h.view(-1), de.view(-1)), alpha=2)

        self._H.addmm_(h.T, h)
        targets.collect_rows(self._h_of_features, h)
        self._add_penalty(de, h)
        self.nonlinearity.backward(de, h, slope)
        samples.collect_rows(self._de_of_features, de)
        self.gradient.b.add_(de.sum(dim=0))

    def _end(self) -> None:
        gradient = self.gradient
        torch.mm(self.task.P.T, self._de_of_features, out=gradient.W1)
        torch.mm(self._H, self.parameters.W2, out=gradient.W2).sub_(self._h_of_features.T)
        gradient.flat.mul_(2 / self.spec.batch_size)
