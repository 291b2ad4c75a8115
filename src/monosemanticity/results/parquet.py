"""Parquet files with a stamp, what made them, the units of their columns, and checksums."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

from monosemanticity.errors import RefusedError
from monosemanticity.identity import stamp
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import environment, refusal
from monosemanticity.results.whole_files import sizes, written_whole


def write_columns(
    path: Path, columns: Mapping[str, ArrayLike], schema: pa.Schema, of: Stamp, beside: Iterable[Path] = ()
) -> None:
    """Write columns with their units; `beside` are the other files of the same result, written before.

    A negative entry of a nullable column is written as null. Raises ValueError where the columns are not the schema's.
    """
    if set(columns) != set(schema.names):
        raise ValueError(f"{path}: columns {', '.join(columns)} are not {', '.join(schema.names)}")
    write_table(path, pa.table([_arrow(columns[field.name], field) for field in schema], schema=schema), of, beside)


def _arrow(column: ArrayLike, field: pa.Field) -> pa.Array:
    """A column for Arrow, by its buffers: `pa.array` would load pandas, which takes longer than all else here."""
    numbers = np.asarray(column).astype(field.type.to_pandas_dtype(), casting="same_kind")  # no fraction is cut off
    valid = pa.py_buffer(np.packbits(numbers >= 0, bitorder="little")) if field.nullable else None
    return pa.Array.from_buffers(field.type, len(numbers), [valid, pa.py_buffer(numbers)])


def read_columns(path: Path, schema: pa.Schema, of: Stamp) -> pa.Table:
    """A Parquet file of a run. Raises RefusedError if it is missing, damaged, of other columns or of another stamp."""
    table = read_table(path, of)
    if not table.schema.equals(schema):
        raise RefusedError(path, f"holds {', '.join(table.schema.names)}; {', '.join(schema.names)} are needed")
    return table


def write_table(path: Path, table: pa.Table, of: Stamp, beside: Iterable[Path] = ()) -> None:
    """Write a table with its stamp, what made it, and a checksum a page."""
    with growing_table(path, of, beside) as append:
        append(table)


@contextmanager
def growing_table(path: Path, of: Stamp, beside: Iterable[Path] = ()) -> Iterator[Callable[[pa.Table], None]]:
    """A table that is written part by part, with its stamp, what made it, and a checksum a page.

    Give each part, of one schema, to the function that is yielded. Raises ValueError where there was none.
    """
    with written_whole(path) as aside, ExitStack() as stack:
        writers: list[pq.ParquetWriter] = []

        def append(part: pa.Table) -> None:
            if not writers:
                said = of.metadata(sizes(beside, path), environment.versions("numpy", "pyarrow"))
                schema = part.schema.with_metadata((part.schema.metadata or {}) | said)
                writers.append(stack.enter_context(pq.ParquetWriter(aside, schema, write_page_checksum=True)))
            writers[0].write_table(part.replace_schema_metadata(writers[0].schema.metadata))

        yield append
        if not writers:
            raise ValueError(f"{path}: a table without a part")


def read_table(path: Path, of: Stamp) -> pa.Table:
    """A table of this stamp. Raises RefusedError if it is missing, damaged, empty or of another stamp."""
    with refusal.refusing(path, pa.ArrowException, ValueError):
        # A file: of a path, pyarrow reads "epsilon=1" as one more column. Its own: a thread of pyarrow that still holds
        # one of Python's as the process ends aborts it, in 7 of 100 processes that read and end at once.
        with pa.OSFile(str(path)) as file:
            table = pq.read_table(file, use_threads=False, pre_buffer=False, page_checksum_verification=True)
        table.column_names  # noqa: B018 raises where they are no text
        found = json.loads((table.schema.metadata or {}).get(stamp.KEY.encode(), b"{}"))
    refusal.check(path, found, of.content())
    if table.num_rows == 0:
        raise RefusedError(path, "holds no rows")
    return table
