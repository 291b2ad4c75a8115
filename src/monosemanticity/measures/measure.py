"""What is measured of models: each column of the files of a run's measures, with its unit, is defined here."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from monosemanticity.measures import features, linear_decoder, neurons, polysemantic
from monosemanticity.measures.monosemanticity import Responses, responses
from monosemanticity.model.trained import Model


class Measure(NamedTuple):
    """A column of what is measured."""

    unit: str
    of: Callable[[Model, Responses], object]
    """A number of a model, or an array over its neurons or features."""
    number: type[int] | type[float] = float
    nullable: bool = False
    """Whether it may be nothing, which is null in files: of an index a negative number, of others NaN."""


OF_A_MODEL: dict[str, Measure] = {
    "mono_neurons": Measure("neurons", neurons.mono_neurons, int),
    "dead_neurons": Measure("neurons", neurons.dead_neurons, int),
    "mono_features": Measure("features", features.mono_features, int),
    "one_mono_features": Measure("features", features.one_mono_features, int),
    "almost_mono_features": Measure("features", features.almost_mono_features, int),
    "mean_bias": Measure("1", neurons.mean_bias),
    "positive_bias_neurons": Measure("neurons", neurons.positive_bias_neurons, int),
    "poly_rank": Measure("singular values", polysemantic.rank, int),
    "poly_least_singular": Measure("1, null where all are near 0", polysemantic.least_singular, nullable=True),
    "poly_greatest_singular": Measure("1, null where all are near 0", polysemantic.greatest_singular, nullable=True),
    "poly_constant": Measure("1", polysemantic.constant),
}
"""A column each of `measures.parquet` and of the tables; a new one is added here alone."""

OF_A_NEURON: dict[str, Measure] = {
    "neuron": Measure("index", lambda model, seen: np.arange(len(model.b)), int),
    "r": Measure("1, equation 7", lambda model, seen: seen.r),
    "bias": Measure("1", lambda model, seen: model.b),
    "strongest_feature": Measure(
        "index, null where no feature activates the neuron",
        lambda model, seen: np.where(seen.responding, seen.strongest_feature, -1),
        int,
        nullable=True,
    ),
    "onset": Measure(
        "amplitude of the strongest feature, null where none or none above 0", neurons.onset, nullable=True
    ),
    "w1_norm": Measure("1", lambda model, seen: np.linalg.norm(model.W1, axis=0)),
    "w2_norm": Measure("1", lambda model, seen: np.linalg.norm(model.W2, axis=1)),
}
"""A column each of `neurons.parquet`, of the final model."""

OF_A_FEATURE: dict[str, Measure] = {
    "feature": Measure("index", lambda model, seen: np.arange(len(model.P)), int),
    "frequency": Measure("1", lambda model, seen: model.frequencies),
    "mono_neurons": Measure("neurons", features.mono_neurons, int),
    "largest_r": Measure("1, equation 7, null where it is no neuron's strongest", features.largest_r, nullable=True),
    "onset": Measure("amplitude, null without a mono neuron", features.onset, nullable=True),
    "second_onset": Measure("amplitude, null without a second mono neuron", features.second_onset, nullable=True),
    "output": Measure("1, null where outputs are no features", features.output, nullable=True),
    "poly_intercept": Measure("1, null where outputs are no features", polysemantic.intercept, nullable=True),
    "poly_slope": Measure("1, null where outputs are no features", polysemantic.slope, nullable=True),
    "poly_slope_range": Measure("1, null where outputs are no features", polysemantic.slope_range, nullable=True),
    "linear_error": Measure("1, null where outputs are no features", linear_decoder.error, nullable=True),
}
"""A column each of `features.parquet`, of the final model."""


Columns = dict[str, np.ndarray]


def of_models(models: Mapping[int, Model]) -> Columns:
    """A row a kept model, by the step it was kept at."""
    seen = [(model, responses(model)) for model in models.values()]
    measured = {name: np.array([measure.of(*each) for each in seen]) for name, measure in OF_A_MODEL.items()}
    return {"step": np.array(list(models))} | measured


def of_neurons(model: Model) -> Columns:
    """A row a neuron."""
    seen = responses(model)
    return {name: measure.of(model, seen) for name, measure in OF_A_NEURON.items()}


def of_features(model: Model) -> Columns:
    """A row a feature."""
    seen = responses(model)
    return {name: measure.of(model, seen) for name, measure in OF_A_FEATURE.items()}
