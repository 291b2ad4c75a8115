"""The numbers of a model card: what the best instance of a run is and does."""

from collections.abc import Mapping

import numpy as np

from monosemanticity.companions.superposition.measures import measure
from monosemanticity.experiment.superposition import SuperpositionSpec


def card(spec: SuperpositionSpec, tensors: Mapping[str, np.ndarray]) -> dict[str, float | int]:
    """Every measure of the instance of the least loss, and which that is; without those that it has not."""
    columns = measure(spec, tensors, tensors)
    best = int(columns["best"].argmax())
    numbers = {name: float(values[best]) for name, values in columns.items() if np.isfinite(values[best])}
    return {"instance": best} | numbers
