"""The dense form of a step: every output of every sample is computed, and held against its target."""

import torch

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.model.feature_vectors import Samples
from monosemanticity.model.parameters import Parameters
from monosemanticity.model.tasks import FeatureDecoder
from monosemanticity.training.devices import Device
from monosemanticity.training.gradient import Gradient


class DenseGradient(Gradient):
    """e = x W1 + b, h = phi(e), Y = h W2; then back from the residual Y - target by five products in all."""

    def __init__(self, spec: RunSpec, task: FeatureDecoder, parameters: Parameters, device: Device) -> None:
        super().__init__(spec, task, parameters, device)
        self._x = self._buffer(spec.d + 1)
        self._x[:, -1] = 1  # what the bias is multiplied by
        self._residual = self._buffer(spec.n_outputs)

    def _begin(self) -> None:
        super()._begin()
        self._first = self.device.products.operand(self.parameters.first)
        self._W2 = self.device.products.operand(self.parameters.W2)

    def _add(self, samples: Samples) -> None:
        products = self.device.products
        mean_square = 2 / self.spec.batch_size  # its derivative's factor, which enters with the last products
        x, h, slope, de, residual = (
            buffer[: samples.rows] for buffer in (self._x, self._h, self._slope, self._de, self._residual)
        )
        x[:, :-1] = 0
        samples.add_rows(x, self.task.P)
        x = products.operand(x)
        products.multiply(x, self._first, out=h)
        self.nonlinearity.forward(h, slope)
        h_operand = products.operand(h)
        products.multiply(h_operand, self._W2, out=residual)
        self.task.subtract_target(residual, samples)
        self._square_error.add_(torch.dot(residual.view(-1), residual.view(-1)))

        residual = products.operand(residual)
        products.add_product(self.gradient.W2, h_operand.T, residual, mean_square)
        products.multiply(residual, self._W2.T, out=de)
        self._add_penalty(de, h)
        self.nonlinearity.backward(de, h, slope)
        products.add_product(self.gradient.first, x.T, products.operand(de), mean_square)
