"""What models do on fresh samples: a large batch that no training step sees, the same for all instances of a run."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from monosemanticity.companions.superposition import samples
from monosemanticity.companions.superposition.model import Model, outputs
from monosemanticity.experiment.superposition import SuperpositionSpec
from monosemanticity.training.randomness import stream

SAMPLES = 2**16


class Evaluation(NamedTuple):
    """Of each instance and output, over the samples."""

    squared_error: Float[np.ndarray, "instances n"]
    """Its mean."""
    largest: Float[np.ndarray, "instances n"]
    """The largest output; 0 of a dead one, whose gradient is 0 too."""
    constant: Float[np.ndarray, " n"]
    """The squared error of the best constant guess on the same samples."""


def evaluate(spec: SuperpositionSpec, models: Sequence[Model]) -> Evaluation:
    """What each instance makes of the same samples."""
    x = samples.draw(spec, stream(spec.seed, samples.HELD_OUT), SAMPLES)
    target = np.abs(x)
    errors, largest = [], []
    for model in models:
        y = outputs(model, x)
        errors.append(((y - target) ** 2).mean(axis=0))
        largest.append(y.max(axis=0))
    return Evaluation(np.stack(errors), np.stack(largest), target.var(axis=0))
