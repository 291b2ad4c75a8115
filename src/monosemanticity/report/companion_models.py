"""What the page holds of a run of a companion study: one model's weights, and which features its neurons represent."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from monosemanticity.companions import runs
from monosemanticity.companions.incidental.represented import represented
from monosemanticity.companions.superposition.model import models_of, rescaled
from monosemanticity.companions.superposition.neurons import represents
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.report.blocks import Arrays
from monosemanticity.results.paths import Paths

SMALLEST = 0.1
"""A neuron all of whose weights are smaller is left out of the page (ours)."""
Matrix = tuple[Float[np.ndarray, "neurons n"], Bool[np.ndarray, "neurons n"]]


def of_run(spec: CompanionSpec, instance: int, paths: Paths) -> Arrays:
    """The weights of one final model by neuron and feature, which features neurons represent, and its trace.

    Raises RefusedError naming the first file that is missing, damaged or of something else.
    """
    folder = paths.companion(spec.run_id)
    weights, stored = MATRIX[spec.study](spec, runs.read_models(folder, spec.steps, spec), instance)
    neurons = np.flatnonzero(np.abs(weights).max(axis=1) > SMALLEST)
    trace: pd.DataFrame = runs.read_trace(folder, spec).to_pandas()
    trace = trace[trace["instance"] == instance].drop(columns="instance")
    arrays = {f"trace.{name}": trace[name].to_numpy(dtype=np.float32) for name in trace}
    return arrays | {
        "neurons": neurons.astype(np.uint16),
        "weights": weights[neurons].astype(np.float16),
        "represented": stored[neurons].astype(np.uint8),
    }


def _incidental(spec: CompanionSpec, tensors: Mapping[str, np.ndarray], instance: int) -> Matrix:
    """Encodings, turned so that a row is a neuron."""
    W = tensors["W"][instance].T
    return W, represented(W)


def _superposition(spec: CompanionSpec, tensors: Mapping[str, np.ndarray], instance: int) -> Matrix:
    """The weights to the neurons, each neuron's largest at 1 (footnote 15)."""
    model = models_of(spec.task, tensors)[instance]
    return rescaled(model).W1, represents(model)


MATRIX: dict[str, Callable[..., Matrix]] = {"incidental": _incidental, "superposition": _superposition}
"""By study."""
