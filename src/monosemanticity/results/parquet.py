"""Parquet files with a stamp, what made them, the units of their columns, and checksums."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

from monosemanticity import bounded
from monosemanticity.errors import RefusedError
from monosemanticity.identity import stamp
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import environment, refusal
from monosemanticity.results.whole_files import sizes, written_whole

A_TABLE, A_ROW = 2**20, 2**14
"""Bytes that a file takes at most, whatever is in it, and for each row: of a group of one row most are its footer's."""
LONGEST_TEXT = 1000
KINDS = {"SNAPPY", "UNCOMPRESSED", "BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE", "BYTE_ARRAY"}
"""What is written, none of which makes much of few bytes."""


def write_columns(
    path: Path, columns: Mapping[str, ArrayLike], schema: pa.Schema, of: Stamp, beside: Iterable[Path] = ()
) -> None:
    """Write columns with their units; `beside` are the other files of the same result, written before.

    Of a nullable column, a negative whole number and NaN are written as null. Raises ValueError where the columns are
    not the schema's.
    """
    if set(columns) != set(schema.names):
        raise ValueError(f"{path}: columns {', '.join(columns)} are not {', '.join(schema.names)}")
    write_table(path, pa.table([_arrow(columns[field.name], field) for field in schema], schema=schema), of, beside)


def _arrow(column: ArrayLike, field: pa.Field) -> pa.Array:
    """A column for Arrow, by its buffers: `pa.array` would load pandas, which takes longer than all else here."""
    numbers = np.asarray(column).astype(field.type.to_pandas_dtype(), casting="same_kind")  # no fraction is cut off
    there = np.isfinite(numbers) if pa.types.is_floating(field.type) else numbers >= 0
    valid = pa.py_buffer(np.packbits(there, bitorder="little")) if field.nullable else None
    return pa.Array.from_buffers(field.type, len(numbers), [valid, pa.py_buffer(numbers)])


def read_columns(path: Path, schema: pa.Schema, of: Stamp, rows: int) -> pa.Table:
    """A Parquet file of a run. Raises RefusedError as `read_table` does, and where it is of other columns."""
    table = read_table(path, of, rows)
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


def read_table(path: Path, of: Stamp, rows: int) -> pa.Table:
    """A table of this stamp, of at most so many rows, without what it says of itself.

    Raises RefusedError if it is missing, damaged, empty or of another stamp, and before reading more than such a table.
    """
    with refusal.refusing(path, pa.ArrowException, ValueError):
        bounded.check(path, A_TABLE + rows * A_ROW)
        # A file: of a path, pyarrow reads "epsilon=1" as one more column. Its own: a thread of pyarrow that still holds
        # one of Python's as the process ends aborts it, in 7 of 100 processes that read and end at once.
        with pa.OSFile(str(path)) as file:
            metadata = pq.read_metadata(file)
            found = json.loads((metadata.metadata or {}).get(stamp.KEY.encode(), b"{}"))
            refusal.check(path, found, of.content())
            table = _read(file, metadata, rows)
        table.column_names  # noqa: B018 raises where they are no text
    if table.num_rows == 0:
        raise RefusedError(path, "holds no rows")
    return table.replace_schema_metadata(None)


def _read(file: pa.NativeFile, metadata: pq.FileMetaData, rows: int) -> pa.Table:
    """A file's table. Raises ValueError before it takes more memory than one of so many rows."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(metadata.num_columns)]
    if sum(abs(column.num_values) for column in columns) > rows * metadata.num_columns:
        raise ValueError(f"claims more than {rows} rows")
    types = [metadata.schema.column(number).physical_type for number in range(metadata.num_columns)]
    if other := {*types, *(column.compression for column in columns)} - KINDS:
        raise ValueError(f"holds {', '.join(other)}, which is not written")
    # Of a text that stands in many rows, the file holds one copy: so does what is read, until its length is known.
    texts = [number for number, type_ in enumerate(types) if type_ == "BYTE_ARRAY"]
    reader = pq.ParquetFile(
        file, metadata=metadata, read_dictionary=texts, pre_buffer=False, page_checksum_verification=True
    )
    table = reader.read(use_threads=False)
    plain = [_plain(*column) for column in zip(table.schema, table.columns, strict=True)]
    return table.cast(pa.schema(plain, table.schema.metadata))


def _plain(field: pa.Field, column: pa.ChunkedArray) -> pa.Field:
    """A column as it is without a dictionary. Raises ValueError where a text in it is long."""
    if not pa.types.is_dictionary(field.type):
        return field
    if any(_longest(chunk.dictionary) > LONGEST_TEXT for chunk in column.chunks):
        raise ValueError(f"holds a text of more than {LONGEST_TEXT} bytes")
    return field.with_type(pa.string())


def _longest(texts: pa.Array) -> int:
    return pc.max(pc.binary_length(texts)).as_py() or 0
