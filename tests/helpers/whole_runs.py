"""Whole runs of the fast training and of the plain one, of the same numbers on other samples, and what they come to."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from scipy import stats

from helpers import reference
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.measures.measure import OF_A_MODEL
from monosemanticity.measures.monosemanticity import responses
from monosemanticity.model.trained import Model, model_of
from monosemanticity.results.checkpoints import read_checkpoint
from monosemanticity.tables import plateau
from monosemanticity.training.loss_trace import read_trace
from monosemanticity.training.train import train

SMALL: dict[str, Any] = {
    "task": "decoder",
    "activation": "relu",
    "distribution": "uniform",
    "N": 64,
    "d": 16,
    "k": 128,
    "epsilon": 1 / 16,
    "learning_rate": 0.02,
    "decay": 0,
    "bias_offset": 0,
    "batch_size": 512,
    "steps": 2**12,
}
"""As small as some neurons still become monosemantic."""
NEGATIVE_START = {"bias_offset": -1, "decay": 0.15}
KINDS: dict[str, dict[str, Any]] = {
    "decoder": {},
    "re-projector": {"task": "reprojector"},
    "absolute value": {"task": "abs", "d": 32, "epsilon": 1 / 8, "learning_rate": 0.03} | NEGATIVE_START,
    "power-law frequencies": {"distribution": "power-law", "form": "gram"},
    "GeLU": {"activation": "gelu"},
    "L1": {"l1": 0.01, "form": "gram"},
    "negative start": NEGATIVE_START,
}
"""What differs from these numbers; both forms of the gradient are among them."""

CONFIDENCE = 0.99
LOSS_WITHIN = 0.03


def spec_of(kind: str, **instead: object) -> RunSpec:
    """A small run of a kind, with some of its numbers replaced."""
    return RunSpec(**SMALL | KINDS[kind] | instead)


def fast(spec: RunSpec, folder: Path) -> dict[str, float]:
    """Train a run as the workflow does, in a folder: what is compared of it."""
    train(spec, folder)
    model = model_of(spec, read_checkpoint(folder, spec.steps, spec))
    losses = plateau.of_trace(read_trace(folder, spec).to_pandas(), spec.steps)
    return {"final_loss": losses["final_loss"]} | _measured(model)


def plain(spec: RunSpec) -> dict[str, float]:
    """Train a run plainly: the same of it."""
    training, losses = reference.whole_run(spec)
    W1, b, W2 = training.weights()
    tensors = {"P": training.P, "W1": W1, "b": b, "W2": W2}
    model = model_of(spec, {name: tensor.numpy() for name, tensor in tensors.items()})
    last = losses[-(spec.steps // 8) :]
    return {"final_loss": math.fsum(last) / len(last)} | _measured(model)


def _measured(model: Model) -> dict[str, float]:
    seen = responses(model)
    names = ("mono_neurons", "mean_bias", "positive_bias_neurons")
    return {"mean_r": float(seen.r.mean())} | {name: OF_A_MODEL[name].of(model, seen) for name in names}


class Difference(NamedTuple):
    """Mean over seeds of a number of fast runs minus that of plain ones, and how far from none it may be."""

    found: float
    allowed: float

    @property
    def agrees(self) -> bool:
        return abs(self.found) <= self.allowed


def difference(fast: pd.Series, plain: pd.Series) -> Difference:
    """Of final losses 3% is allowed, of all else half the width of the difference's t interval."""
    found = fast.mean() - plain.mean()
    if fast.name == "final_loss":
        return Difference(found, LOSS_WITHIN * plain.mean())
    error = math.sqrt(fast.var() / len(fast) + plain.var() / len(plain))
    quantile = stats.t.ppf((1 + CONFIDENCE) / 2, len(fast) + len(plain) - 2)
    return Difference(found, quantile * error)
