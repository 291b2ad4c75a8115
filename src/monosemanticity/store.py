"""The files of results: written aside and renamed when whole, refused on reading when they are not what is asked."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import safetensors.numpy
from numpy.typing import ArrayLike

from monosemanticity import environment, layout, record, schemas, stages, stamp
from monosemanticity.atomic import written_whole
from monosemanticity.errors import ResultError
from monosemanticity.layout import checkpoint_path
from monosemanticity.record import Record
from monosemanticity.spec import RunSpec
from monosemanticity.stamp import Stamp

Tensors = Mapping[str, np.ndarray]


def sizes(files: Iterable[Path], of: Path) -> dict[str, int]:
    """How many bytes files have, by their paths from the folder of another."""
    return {str(file.relative_to(of.parent)): file.stat().st_size for file in files}


def write_record(folder: Path, of_run: Record) -> None:
    """Write a run's run.json, which says that the run's other files are whole."""
    with written_whole(folder / layout.RECORD) as aside:
        aside.write_text(json.dumps(of_run.model_dump(), indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path, spec: RunSpec) -> Record:
    """A run's run.json. Raises ResultError if it is missing, damaged or not of this run."""
    path = folder / layout.RECORD
    said = record.content(path)
    stamp.check(path, said, stages.of_training(spec).content())
    return record.parsed(path, said)


def read_spec(folder: Path) -> RunSpec:
    """The numbers of a trained run, as its run.json says. Raises ResultError if that is missing or damaged."""
    path = folder / layout.RECORD
    return record.parsed(path, record.content(path)).spec


def write_columns(
    path: Path, columns: Mapping[str, ArrayLike], schema: pa.Schema, of: Stamp, beside: Iterable[Path] = ()
) -> None:
    """Write columns with their units; `beside` are files of the same result that are there already.

    A negative entry of a nullable column is none. Raises ValueError where the columns are not the schema's.
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
    """A Parquet file of a run. Raises ResultError if it is missing, damaged, of other columns or of another stamp."""
    table = read_table(path, of)
    if not table.schema.equals(schema):
        raise stamp.refusal(path, f"holds {', '.join(table.schema.names)}; {', '.join(schema.names)} are needed")
    return table


def read_trace(folder: Path, spec: RunSpec) -> pa.Table:
    """A run's losses. Raises ResultError as `read_columns` does, as the next two."""
    return read_columns(folder / layout.TRACE, schemas.TRACE, stages.of_training(spec))


def read_measures(folder: Path, spec: RunSpec) -> pa.Table:
    """What was measured of a run's models."""
    return read_columns(folder / layout.MEASURES, schemas.MEASURES, stages.of_measuring(spec))


def read_neurons(folder: Path, spec: RunSpec) -> pa.Table:
    """What was measured of a run's final neurons."""
    return read_columns(folder / layout.NEURONS, schemas.NEURONS, stages.of_measuring(spec))


def write_table(path: Path, table: pa.Table, of: Stamp, beside: Iterable[Path] = ()) -> None:
    """Write a table with its stamp, what made it, and a checksum a page."""
    said = of.metadata(sizes(beside, path), environment.versions("numpy", "pyarrow"))
    metadata = (table.schema.metadata or {}) | said
    with written_whole(path) as aside:
        pq.write_table(table.replace_schema_metadata(metadata), aside, write_page_checksum=True)


def read_table(path: Path, of: Stamp) -> pa.Table:
    """A table of this stamp. Raises ResultError if it is missing, damaged, empty or of another stamp."""
    with stamp.refusing(path, pa.ArrowException, ValueError):
        # A file handle: of a path, pyarrow reads "epsilon=1" as one more column.
        with path.open("rb") as file:
            table = pq.read_table(file, page_checksum_verification=True)
        table.column_names  # noqa: B018 raises where they are no text
        found = json.loads((table.schema.metadata or {}).get(stamp.KEY.encode(), b"{}"))
    stamp.check(path, found, of.content())
    if table.num_rows == 0:
        raise stamp.refusal(path, "holds no rows")
    return table


def write_checkpoint(folder: Path, step: int, tensors: Tensors, spec: RunSpec) -> None:
    """Keep a model: its weights and the fixed projections."""
    write_tensors(checkpoint_path(folder, step), tensors, _of_checkpoint(step, spec))


def read_checkpoint(folder: Path, step: int, spec: RunSpec) -> Tensors:
    """A run's model at a step, by the symbols of its weights.

    Raises ResultError if the file is missing, damaged or not of this run and step.
    """
    path = checkpoint_path(folder, step)
    weights, _ = read_tensors(path, _of_checkpoint(step, spec))
    shapes = {"P": (spec.N, spec.d), "W1": (spec.d, spec.k), "b": (spec.k,), "W2": (spec.k, spec.n_outputs)}
    found = {name: weights[name].shape if name in weights else None for name in shapes}
    for name, shape in shapes.items():
        if found[name] != shape:
            raise stamp.refusal(path, f"{name} has the shape {found[name]}, not {shape}")
    return weights


def _of_checkpoint(step: int, spec: RunSpec) -> dict[str, Any]:
    return stages.of_training(spec).content() | {"step": step, "task": spec.task, "activation": spec.activation}


def write_tensors(path: Path, tensors: Tensors, said: Mapping[str, Any]) -> None:
    """Write tensors, what is said of them, and a checksum."""
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    metadata = {stamp.KEY: json.dumps({**said, "checksum": _checksum(tensors)}, sort_keys=True)}
    content = safetensors.numpy.save(tensors, metadata)
    with written_whole(path) as aside:
        aside.write_bytes(content)


def read_tensors(path: Path, wanted: Mapping[str, Any]) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and what is said of them. Raises ResultError if missing, damaged, or not said to be what is wanted."""
    refusing = stamp.refusing(path, safetensors.SafetensorError, ValueError, TypeError)
    with refusing, safetensors.safe_open(path, framework="np") as file:
        said = json.loads((file.metadata() or {}).get(stamp.KEY, "{}"))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
    stamp.check(path, said, {**wanted, "checksum": _checksum(tensors)})
    return tensors, said


def _checksum(tensors: Tensors) -> str:
    checksum = hashlib.sha256()
    for name in sorted(tensors):
        checksum.update(name.encode())
        checksum.update(tensors[name].tobytes())
    return checksum.hexdigest()


def is_whole(folder: Path, spec: RunSpec) -> bool:
    """Whether every file of a run is there and good."""
    try:
        files = read_record(folder, spec).files
        read_trace(folder, spec)
        for step in spec.checkpoint_steps:
            read_checkpoint(folder, step, spec)
        return sizes(map(folder.joinpath, files), folder / layout.RECORD) == files
    except (ResultError, OSError):
        return False
