"""Columns of Parquet files, with their units."""

import pyarrow as pa


def number(name: str, type_: pa.DataType, unit: str) -> pa.Field:
    """A column of numbers that are always there."""
    return pa.field(name, type_, nullable=False, metadata={"unit": unit})


STEP = number("step", pa.int64(), "training steps")
