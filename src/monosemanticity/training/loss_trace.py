"""A run's losses, step by step."""

from pathlib import Path

import pyarrow as pa

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.results import paths
from monosemanticity.results.columns import STEP, number
from monosemanticity.results.parquet import read_columns

TRACE = pa.schema(
    [
        STEP,
        number(
            "loss",
            pa.float64(),
            "squared error summed over outputs, mean over the samples of the steps since the row before",
        ),
        number("l1_term", pa.float64(), "l1 times |h| summed over neurons, mean over the same samples"),
        number("learning_rate", pa.float64(), "1, of the step"),
    ]
)
"""A row a recorded step; each loss is that before a step was taken."""


def read_trace(folder: Path, spec: RunSpec) -> pa.Table:
    """A run's losses. Raises RefusedError as `read_columns` does."""
    return read_columns(folder / paths.TRACE, TRACE, stages.of_training(spec), rows=spec.steps)
