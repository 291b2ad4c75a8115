"""What is measured of kept models: a number an instance."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from monosemanticity.companions.superposition import motif, neurons, theory
from monosemanticity.companions.superposition.evaluation import evaluate
from monosemanticity.companions.superposition.model import Model, models_of, rescaled
from monosemanticity.experiment.superposition import SuperpositionSpec

COMPUTED = 0.25
"""Of the squared error of the best constant guess: an output below it counts as computed (ours).

A neuron that serves one sign of a feature alone leaves about half of it."""
EXACT = 0.01
"""How far the rescaled weights of a neuron may be from those of ReLU(x_i) or ReLU(-x_i) (ours)."""


class Measure(NamedTuple):
    """A number of an instance."""

    unit: str
    of: Callable[[Model], float]


def features_in_superposition(model: Model) -> int:
    """Features that share a neuron with another."""
    return int(neurons.represents(model)[neurons.polysemantic(model)].any(axis=0).sum())


def secondary_response(model: Model) -> float:
    """The second-largest response in units of the largest, mean over neurons; NaN of a single feature."""
    of_neurons = np.sort(neurons.responses(model), axis=1)
    return float(of_neurons[:, -2].mean()) if of_neurons.shape[1] > 1 else np.nan


def primary_gap(model: Model) -> float:
    """Mean index of the primary feature of polysemantic neurons less that of monosemantic ones; NaN without either."""
    primary = neurons.primary(model)
    kinds = [primary[kind(model)] for kind in (neurons.polysemantic, neurons.monosemantic)]
    return float(kinds[0].mean() - kinds[1].mean()) if all(map(len, kinds)) else np.nan


def exact_sides(model: Model) -> int:
    """Pairs of a feature and a sign with a neuron that is exactly ReLU(x_i) or ReLU(-x_i) and goes to y_i alone."""
    even = rescaled(model)
    primary = neurons.primary(model)
    own = np.eye(model.W1.shape[1])[primary]
    exact = (np.abs(np.abs(even.W1) - own) < EXACT).all(axis=1) & (np.abs(even.W2.T - own) < EXACT).all(axis=1)
    positive = even.W1[np.arange(len(primary)), primary] > 0
    return len({(int(feature), bool(sign)) for feature, sign in zip(primary[exact], positive[exact], strict=True)})


OF_AN_INSTANCE: dict[str, Measure] = {
    "polysemantic_neurons": Measure(
        "1, neurons that represent several features", lambda model: neurons.polysemantic(model).sum()
    ),
    "monosemantic_neurons": Measure(
        "1, neurons that represent one feature", lambda model: neurons.monosemantic(model).sum()
    ),
    "features_represented": Measure(
        "1, features that a neuron represents", lambda model: neurons.represents(model).any(axis=0).sum()
    ),
    "features_in_superposition": Measure("1, features that share a neuron with another", features_in_superposition),
    "features_as_pairs": Measure(
        "1, features that two neurons represent", lambda model: (neurons.represents(model).sum(axis=0) == 2).sum()
    ),
    "secondary_response": Measure("1, second-largest response over the largest, mean over neurons", secondary_response),
    "primary_gap": Measure(
        "1, mean index of the primary feature, of polysemantic less monosemantic neurons", primary_gap
    ),
    "exact_sides": Measure("1, of 2 n sides x_i > 0 and x_i < 0, those with an exact neuron", exact_sides),
    "asymmetric_motifs": Measure(
        "1, neurons in asymmetric superposition with an inhibitory one", lambda model: len(motif.motifs(model))
    ),
}

MEASURES: dict[str, str] = {
    "loss": "1, sum over features of importance times squared error, mean over fresh samples",
    "naive_loss": "1, the least loss without superposition",
    "best": "1 for the instance of the least loss of its run, else 0",
    "features_computed": "1, outputs with less than a quarter of the squared error of the best constant guess",
    "dead_outputs": "1, outputs that are 0 for every sample",
    "dead_loss": "1, what dead outputs add to the loss",
} | {name: measure.unit for name, measure in OF_AN_INSTANCE.items()}
"""Unit and meaning of each column."""


def measure(
    spec: SuperpositionSpec, tensors: Mapping[str, np.ndarray], start: Mapping[str, np.ndarray]
) -> dict[str, Float[np.ndarray, " instances"]]:
    """The columns of a run's kept models; nothing is compared with those of its start."""
    models = models_of(spec.task, tensors)
    errors, largest, constant = evaluate(spec, models)
    weighted, dead = errors * theory.importances(spec), largest == 0
    loss = weighted.sum(axis=1)
    return {
        "loss": loss,
        "naive_loss": np.full(len(models), theory.naive_loss(spec)),
        "best": (np.arange(len(models)) == loss.argmin()).astype(float),
        "features_computed": (errors < COMPUTED * constant).sum(axis=1).astype(float),
        "dead_outputs": dead.sum(axis=1).astype(float),
        "dead_loss": np.where(dead, weighted, 0).sum(axis=1),
    } | {name: np.array([each.of(model) for model in models], dtype=float) for name, each in OF_AN_INSTANCE.items()}
