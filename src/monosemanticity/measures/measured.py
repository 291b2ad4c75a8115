"""The files of what was measured: a row a kept model, and a row a neuron or a feature of the final one."""

from pathlib import Path

import pyarrow as pa

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.measures.measure import OF_A_FEATURE, OF_A_MODEL, OF_A_NEURON, Measure
from monosemanticity.results import paths
from monosemanticity.results.columns import STEP
from monosemanticity.results.parquet import read_columns

ARROW = {int: pa.int64(), float: pa.float64()}


def _column(name: str, measure: Measure) -> pa.Field:
    return pa.field(name, ARROW[measure.number], nullable=measure.nullable, metadata={"unit": measure.unit})


MEASURES = pa.schema([STEP, *(_column(name, measure) for name, measure in OF_A_MODEL.items())])
"""A row a kept model."""
NEURONS = pa.schema([_column(name, measure) for name, measure in OF_A_NEURON.items()])
"""A row a neuron of the final model."""
FEATURES = pa.schema([_column(name, measure) for name, measure in OF_A_FEATURE.items()])
"""A row a feature of the final model."""


def read_measures(folder: Path, spec: RunSpec) -> pa.Table:
    """What was measured of a run's models."""
    rows = len(spec.checkpoint_steps)
    return read_columns(folder / paths.MEASURES, MEASURES, stages.of_measuring(spec), rows)


def read_neurons(folder: Path, spec: RunSpec) -> pa.Table:
    """What was measured of a run's final neurons."""
    return read_columns(folder / paths.NEURONS, NEURONS, stages.of_measuring(spec), rows=spec.k)


def read_features(folder: Path, spec: RunSpec) -> pa.Table:
    """What was measured of the features of a run's final model."""
    return read_columns(folder / paths.FEATURES, FEATURES, stages.of_measuring(spec), rows=spec.N)
