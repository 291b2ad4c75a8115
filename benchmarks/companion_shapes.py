"""The shapes at which the companion studies are measured: a step of a batch, and one as it would be written first."""

import itertools
from collections.abc import Callable

import torch

from monosemanticity.companions import trajectory
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.experiment.superposition import SuperpositionSpec

INSTANCES = 16


def collisions() -> IncidentalSpec:
    """Small tied autoencoders of single features."""
    return IncidentalSpec(n=16, m=32, instances=INSTANCES, steps=1000, l1=0.001, optimiser="adamw", learning_rate=0.001)


def absolute() -> SuperpositionSpec:
    """The smallest models of the absolute value."""
    return SuperpositionSpec(
        task="absolute",
        n=3,
        m=6,
        instances=INSTANCES,
        steps=1000,
        importance=0.7,
        active=0.2,
        batch_size=1024,
        initial_sd=0.1,
        learning_rate=0.001,
    )


def training(spec: CompanionSpec) -> Callable[[], object]:
    """Takes the next step of all models of a run."""
    models, steps = trajectory.start(spec), itertools.count(1)
    return lambda: models.step(next(steps))


def tied_autoencoder(spec: IncidentalSpec) -> Callable[[], object]:
    """Takes the next step of one model, whole batch and autograd, as the published experiments do."""
    W = torch.nn.Parameter(torch.randn(spec.n, spec.m) / spec.m**0.5)
    optimiser = torch.optim.AdamW([W], lr=spec.learning_rate)
    inputs = torch.eye(spec.n)

    def step() -> None:
        optimiser.zero_grad()
        outputs = torch.relu(inputs @ W @ W.T)
        loss = (outputs - inputs).square().sum() + spec.l1 * W.abs().sum()
        loss.backward()
        optimiser.step()

    return step
