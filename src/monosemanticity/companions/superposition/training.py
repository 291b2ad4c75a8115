"""Training of models with a hidden ReLU: all instances of a setting as one batched program."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.companions.superposition import samples, theory
from monosemanticity.experiment.superposition import SuperpositionSpec, Task
from monosemanticity.training.randomness import INITIALISATION, stream

TRACE = {"loss": "1, sum over features of importance times squared error, mean over held-out samples"}
Inputs = Float[Tensor, "instances samples n"]


def _through(x: Inputs, W1: Tensor, W2: Tensor, b: Tensor) -> Inputs:
    return torch.baddbmm(b[:, None], (x @ W1.mT).relu(), W2.mT).relu()


OUTPUTS: dict[Task, Callable[[Inputs, dict[str, Tensor]], Inputs]] = {
    "identity": lambda x, weights: _through(x, weights["W"], weights["W"].mT, weights["b"]),
    "absolute": lambda x, weights: _through(x, weights["W1"], weights["W2"], weights["b"]),
}
"""y of every instance and sample, from the parameters by symbol."""


class SuperpositionTraining:
    """Models of one setting at a step; instance i has its own start and samples, however many instances there are."""

    def __init__(self, spec: SuperpositionSpec) -> None:
        self.spec = spec
        self.parameters = {name: torch.tensor(start, requires_grad=True) for name, start in initial(spec).items()}
        self.optimiser = torch.optim.AdamW(self.parameters.values(), lr=spec.learning_rate, fused=True)
        for parameter in self.parameters.values():
            zeros = {"exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter)}
            self.optimiser.state[parameter] = {"step": torch.tensor(0.0), **zeros}
        self.importances = torch.tensor(theory.importances(spec), dtype=torch.float32)
        held_out = samples.draw(spec, stream(spec.seed, samples.HELD_OUT), spec.batch_size)
        self.held_out = torch.from_numpy(held_out).expand(spec.instances, -1, -1)

    def step(self, t: int) -> None:
        """Take training step t, counted from 1, along the mean over features too, as the published loop."""
        spec = self.spec
        drawn = samples.draw(spec, stream(spec.seed, t), spec.instances, spec.batch_size)
        self.optimiser.zero_grad()
        (self.losses(torch.from_numpy(drawn)) / spec.n).sum().backward()
        self.optimiser.step()

    def losses(self, x: Inputs) -> Float[Tensor, " instances"]:
        """The sum over features of I_i (|x_i| - y_i)^2, mean over samples."""
        error = (x.abs() - OUTPUTS[self.spec.task](x, self.parameters)).square()
        return (error.mean(dim=1) * self.importances).sum(dim=1)

    @torch.no_grad()
    def record(self) -> dict[str, np.ndarray]:
        return {"loss": self.losses(self.held_out).double().numpy()}

    def tensors(self) -> dict[str, np.ndarray]:
        return {name: parameter.detach().numpy().copy() for name, parameter in self.parameters.items()}

    def state(self) -> dict[str, np.ndarray]:
        return {name: tensor.detach().numpy().copy() for name, tensor in self._changing().items()}

    @torch.no_grad()
    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        for name, tensor in self._changing().items():
            tensor.copy_(torch.tensor(state[name]))

    def _changing(self) -> dict[str, Tensor]:
        moments = {
            f"{name}.{moment}": tensor
            for name, parameter in self.parameters.items()
            for moment, tensor in self.optimiser.state[parameter].items()
        }
        return {**self.parameters, **moments}


def initial(spec: SuperpositionSpec) -> dict[str, Float[np.ndarray, "instances ..."]]:
    """Independent normal weights and a bias of 0, of an instance at a time."""
    weights = {name: shape[1:] for name, shape in spec.shapes.items() if name != "b"}
    sizes = [int(np.prod(shape)) for shape in weights.values()]
    drawn = stream(spec.seed, INITIALISATION).standard_normal((spec.instances, sum(sizes)))
    parts = np.split(drawn * spec.initial_sd, np.cumsum(sizes)[:-1], axis=1)
    shaped = {
        name: part.reshape(spec.instances, *weights[name]).astype(np.float32)
        for name, part in zip(weights, parts, strict=True)
    }
    return {**shaped, "b": np.zeros((spec.instances, spec.n), dtype=np.float32)}
