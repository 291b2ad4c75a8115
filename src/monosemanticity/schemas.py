"""The columns of a run's Parquet files, with their units."""

import pyarrow as pa

from monosemanticity.measure import OF_A_MODEL, OF_A_NEURON, Measure

ARROW = {int: pa.int64(), float: pa.float64()}


def _column(name: str, measure: Measure) -> pa.Field:
    return pa.field(name, ARROW[measure.number], nullable=measure.nullable, metadata={"unit": measure.unit})


def _number(name: str, type_: pa.DataType, unit: str) -> pa.Field:
    return pa.field(name, type_, nullable=False, metadata={"unit": unit})


_STEP = _number("step", pa.int64(), "training steps")

TRACE = pa.schema(
    [
        _STEP,
        _number("loss", pa.float64(), "squared error summed over outputs, mean over the batch, before the step"),
        _number("l1_term", pa.float64(), "l1 times |h| summed over neurons, mean over the batch, before the step"),
        _number("learning_rate", pa.float64(), "1, of the step"),
    ]
)
"""A row a recorded step."""
MEASURES = pa.schema([_STEP, *(_column(name, measure) for name, measure in OF_A_MODEL.items())])
"""A row a kept model."""
NEURONS = pa.schema([_column(name, measure) for name, measure in OF_A_NEURON.items()])
"""A row a neuron of the final model."""
