"""Training of tied autoencoders of single features, all instances of a setting as one batched program."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.companions.incidental import loss
from monosemanticity.companions.incidental.loss import HIDDEN
from monosemanticity.companions.incidental.represented import represented
from monosemanticity.experiment.incidental import IncidentalSpec, Noise, Optimiser, Start
from monosemanticity.training.randomness import INITIALISATION, stream

TRACE = {
    "loss": "1, squared error of all inputs, without noise, plus the L1 penalty",
    "l1_norm": "1, sum of the sizes of a feature's weights, mean over features",
    "nonzero_entries": "1, weights of a feature that are not 0, mean over features",
    "fourth_norm": "1, sum of the fourth powers of a feature's weights, mean over features",
}


class Rule(NamedTuple):
    """How weights follow a gradient."""

    optimiser: Callable[..., torch.optim.Optimizer]
    moments: Callable[[Tensor], dict[str, Tensor]]
    """What the optimiser keeps of a parameter, before its first step."""
    error_factor: float = 1.0
    """By which the gradient of the squared error is multiplied."""


class Flow(torch.optim.Optimizer):
    """Euler steps along minus the gradient; a weight that crosses 0 is set to 0."""

    def __init__(self, parameters: list[Tensor], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for W in group["params"]:
                moved = W - group["lr"] * W.grad
                W.copy_(moved.masked_fill_(moved * W < 0, 0))


def _of_adamw(W: Tensor) -> dict[str, Tensor]:
    return {"step": torch.tensor(0.0), "exp_avg": torch.zeros_like(W), "exp_avg_sq": torch.zeros_like(W)}


def _none(W: Tensor) -> dict[str, Tensor]:
    return {}


RULES: dict[Optimiser, Rule] = {
    "adamw": Rule(partial(torch.optim.AdamW, fused=True), _of_adamw),
    "sgd": Rule(partial(torch.optim.SGD, fused=True), _none),
    "flow": Rule(Flow, _none, error_factor=1 / 4),
}
"""Of AdamW the constants are those of its authors (betas 0.9 and 0.999, weight decay 0.01)."""


def _no_noise(spec: IncidentalSpec, random: np.random.Generator) -> None:
    return None


def _bernoulli(spec: IncidentalSpec, random: np.random.Generator) -> Tensor:
    signs = 2.0 * random.integers(2, size=(spec.instances, spec.n, spec.m), dtype=np.int8) - 1
    return torch.tensor(spec.sigma * signs, dtype=torch.float32)


def _gaussian(spec: IncidentalSpec, random: np.random.Generator) -> Tensor:
    drawn = random.standard_normal((spec.instances, spec.n, spec.m))
    return torch.tensor(spec.sigma * drawn, dtype=torch.float32)


NOISES: dict[Noise, Callable[[IncidentalSpec, np.random.Generator], Tensor | None]] = {
    "none": _no_noise,
    "bernoulli": _bernoulli,
    "gaussian": _gaussian,
}
"""What is added to the activations of a step."""


def _as_drawn(W: Float[np.ndarray, "instances n m"]) -> Float[np.ndarray, "instances n m"]:
    return W


def _apart(W: Float[np.ndarray, "instances n m"]) -> Float[np.ndarray, "instances n m"]:
    """Each feature with a weight of size 1 to a neuron of its own, by far its largest, as only that is sure to win.

    Neurons are taken in turn; where m < n the second feature of a neuron has the opposite sign, and so on.
    """
    features = np.arange(W.shape[1])
    turn, own = divmod(features, W.shape[2])
    moved = W.copy()
    moved[:, features, own] = 1 - 2 * (turn % 2)
    return moved


STARTS: dict[Start, Callable[[np.ndarray], np.ndarray]] = {"random": _as_drawn, "apart": _apart}


class IncidentalTraining:
    """Models of one setting at a step; instance i is the same however many there are."""

    def __init__(self, spec: IncidentalSpec) -> None:
        self.spec = spec
        drawn = stream(spec.seed, INITIALISATION).standard_normal((spec.instances, spec.n, spec.m))
        W = STARTS[spec.start](drawn * spec.initial_scale / math.sqrt(spec.m))
        self.W = torch.tensor(W, dtype=torch.float32)
        self.copied_from = torch.arange(spec.m).repeat(spec.instances, 1)
        self.rule = RULES[spec.optimiser]
        self.optimiser = self.rule.optimiser([self.W], lr=spec.learning_rate)
        self.optimiser.state[self.W] = self.rule.moments(self.W)

    def step(self, t: int) -> None:
        """Take training step t, counted from 1."""
        spec = self.spec
        random = stream(spec.seed, t)
        if spec.split_after is not None and t == spec.split_after + 1:
            self._split(random)
        noise = NOISES[spec.noise](spec, random)
        error_gradient = loss.gradient(self.W, noise, HIDDEN[spec.hidden], spec.co_occurrence)
        self.W.grad = error_gradient.mul_(self.rule.error_factor).add_(self.W.sign(), alpha=spec.l1)
        self.optimiser.step()

    def _split(self, random: np.random.Generator) -> None:
        """Copy every polysemantic neuron into the least used one; both take 1/sqrt(2) of its weights, and noise.

        Encoder and decoder are tied, so that the two copies together then give what the one gave.
        """
        spec = self.spec
        polysemantic = represented(self.W).sum(dim=1) >= 2
        use = self.W.abs().sum(dim=1).masked_fill(polysemantic, math.inf)
        instance, old = polysemantic.nonzero(as_tuple=True)
        place = (polysemantic.cumsum(dim=1) - 1)[instance, old]
        new = use.argsort(dim=1)[instance, place]
        drawn = random.standard_normal((spec.instances, spec.m, 2, spec.n))[instance, old]
        copies = self.W[instance, :, old, None].transpose(1, 2) / math.sqrt(2) + torch.tensor(
            spec.split_noise * drawn, dtype=torch.float32
        )
        self.W[instance, :, old] = copies[:, 0]
        self.W[instance, :, new] = copies[:, 1]
        self.copied_from[instance, new] = old

    def record(self) -> dict[str, np.ndarray]:
        W, spec = self.W.double(), self.spec
        sizes = W.abs()
        of_features = {
            "l1_norm": sizes.sum(dim=2),
            "nonzero_entries": (W != 0).sum(dim=2).double(),
            "fourth_norm": (sizes**4).sum(dim=2),
        }
        error = loss.squared_error(W, HIDDEN[spec.hidden], spec.co_occurrence)
        return {
            "loss": (error + spec.l1 * sizes.sum(dim=(1, 2))).numpy(),
            **{name: values.mean(dim=1).numpy() for name, values in of_features.items()},
        }

    def tensors(self) -> dict[str, np.ndarray]:
        return {name: tensor.numpy().copy() for name, tensor in self._kept().items()}

    def _kept(self) -> dict[str, Tensor]:
        copies = {} if self.spec.split_after is None else {"copied_from": self.copied_from}
        return {"W": self.W, **copies}

    def state(self) -> dict[str, np.ndarray]:
        moments = {name: moment.numpy().copy() for name, moment in self.optimiser.state[self.W].items()}
        return {**self.tensors(), **moments}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        kept = self._kept()
        for name, tensor in kept.items():
            tensor.copy_(torch.tensor(state[name]))
        moments = {name: torch.tensor(moment) for name, moment in state.items() if name not in kept}
        self.optimiser.state[self.W] = moments
