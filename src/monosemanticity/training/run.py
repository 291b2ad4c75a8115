"""A model in training: everything that a step changes, and the step."""

from typing import Any

import torch
from torch import Tensor

from monosemanticity.experiment.spec import Form, RunSpec
from monosemanticity.model.parameters import initial_parameters
from monosemanticity.model.tasks import TASKS
from monosemanticity.training.dense_gradient import DenseGradient
from monosemanticity.training.devices import Device
from monosemanticity.training.gradient import Gradient, Losses
from monosemanticity.training.gram_gradient import GramGradient
from monosemanticity.training.randomness import INITIALISATION, stream
from monosemanticity.training.schedule import cosine_annealed

FORMS: dict[Form, type[Gradient]] = {"dense": DenseGradient, "gram": GramGradient}


class Run:
    """A run on a processor."""

    def __init__(self, spec: RunSpec, device: Device) -> None:
        random = stream(spec.seed, INITIALISATION)
        self.spec, self.device = spec, device
        self.task = TASKS[spec.task](spec, random, device)
        self.parameters = initial_parameters(spec, random, device.torch)
        self.compute = FORMS[spec.form](spec, self.task, self.parameters, device)
        self.optimiser = device.optimiser(self.parameters)
        self._one_step = torch.ones((), device=device.torch)
        self._summed = torch.zeros(3, device=device.torch)
        """Both losses over the steps since they were last taken, and how many these are."""

    def advance(self, t: int) -> Losses:
        """Take training step t, counted from 1; the losses are those before it."""
        return self._step(self.random(t), cosine_annealed(self.spec.learning_rate, t), self._thaw(t))

    def random(self, t: int) -> Any:
        """The random numbers of step t, of the device's kind."""
        return stream(self.spec.seed, t)

    def _step(self, random: Any, learning_rate: float | Tensor, thaw: float | Tensor) -> Losses:
        losses = self.compute([self.task.draw(random, rows) for rows in self.compute.slices])
        self._summed.add_(torch.stack([*losses, self._one_step]))
        self.optimiser.step(self.compute.gradient, learning_rate)
        self.parameters.b.mul_(thaw)
        return losses

    def take_losses(self) -> tuple[float, float]:
        """Task loss and L1 penalty, means over the steps since they were last taken."""
        task, l1, steps = self._summed.tolist()
        self._summed.zero_()
        return task / steps, l1 / steps

    def _thaw(self, t: int) -> float:
        """Bias decay: the factor of the biases after step t, below 1 in the first half of the run (section 4.1.2)."""
        return 1 - self.spec.decay * self.spec.learning_rate if t <= self.spec.steps // 2 else 1.0

    def tensors(self) -> dict[str, Tensor]:
        """Weights and fixed projections by their symbols, on the processor."""
        W1, b, W2 = self.parameters.tensors()
        named = {"W1": W1, "b": b, "W2": W2} | self.task.projections()
        return {name: tensor.cpu() for name, tensor in named.items()}

    def state(self) -> dict[str, Tensor]:
        """All that later steps depend on, on the processor; their randomness is a function of the step."""
        return {name: tensor.cpu() for name, tensor in self._changing().items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take up a state."""
        for name, tensor in self._changing().items():
            tensor.copy_(state[name])

    def _changing(self) -> dict[str, Tensor]:
        return {
            "parameters": self.parameters.flat,
            "m": self.optimiser.m.flat,
            "v": self.optimiser.v.flat,
            "losses": self._summed,
        }
