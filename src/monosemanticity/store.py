"""The files of a run: written aside and renamed when whole, refused on reading when they are not what is asked."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import safetensors.torch
from pydantic import ValidationError
from torch import Tensor

from monosemanticity import layout, stamp
from monosemanticity.atomic import written_whole
from monosemanticity.errors import ResultError
from monosemanticity.layout import checkpoint_path
from monosemanticity.measure import Model
from monosemanticity.record import Record
from monosemanticity.spec import RunSpec
from monosemanticity.stamp import Stamp


def _column(name: str, type_: pa.DataType, unit: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, type_, nullable=nullable, metadata={"unit": unit})


TRACE_SCHEMA = pa.schema(
    [
        _column("step", pa.int64(), "training steps"),
        _column("loss", pa.float64(), "squared error summed over outputs, mean over the batch, before the step"),
        _column("learning_rate", pa.float64(), "1", nullable=True),
        _column("mono_neurons", pa.int64(), "neurons", nullable=True),
        _column("mono_features", pa.int64(), "features", nullable=True),
        _column("mean_bias", pa.float64(), "1", nullable=True),
        _column("positive_bias_neurons", pa.int64(), "neurons", nullable=True),
        _column(
            "l1_term",
            pa.float64(),
            "l1 times |h| summed over neurons, mean over the batch, before the step",
            nullable=True,
        ),
    ]
)
NEURONS_SCHEMA = pa.schema(
    [
        _column("neuron", pa.int64(), "index"),
        _column("r", pa.float64(), "1, equation 7"),
        _column("bias", pa.float64(), "1"),
        _column("strongest_feature", pa.int64(), "index"),
        _column("w1_norm", pa.float64(), "1"),
        _column("w2_norm", pa.float64(), "1"),
    ]
)


def write_record(folder: Path, record: Record) -> None:
    """Write a run's run.json, which says that the run's other files are whole."""
    with written_whole(folder / layout.RECORD) as aside:
        aside.write_text(json.dumps(record.model_dump(), indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path, spec: RunSpec) -> Record:
    """A run's run.json. Raises ResultError if it is missing, damaged or not of this run."""
    path = folder / layout.RECORD
    with stamp.refusing(path, ValueError):
        content = json.loads(path.read_text(encoding="utf-8"))
    stamp.check(path, content, stamp.of_run(spec).content())
    try:
        return Record.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise stamp.refusal(path, f"damaged: {wrong}") from None


def write_parquet(path: Path, columns: Mapping[str, Any], schema: pa.Schema, spec: RunSpec) -> None:
    """Write columns of a run with their units."""
    write_table(path, pa.table(dict(columns), schema=schema), stamp.of_run(spec))


def read_parquet(path: Path, schema: pa.Schema, spec: RunSpec) -> pa.Table:
    """A run's Parquet file. Raises ResultError if it is missing, damaged, of other columns or not of this run."""
    table = read_table(path, stamp.of_run(spec))
    if not table.schema.equals(schema):
        raise stamp.refusal(path, f"holds {', '.join(table.schema.names)}; {', '.join(schema.names)} are needed")
    return table


def write_table(path: Path, table: pa.Table, of: Stamp) -> None:
    """Write a table with its stamp, and a checksum a page."""
    metadata = (table.schema.metadata or {}) | of.metadata()
    with written_whole(path) as aside:
        pq.write_table(table.replace_schema_metadata(metadata), aside, write_page_checksum=True)


def read_table(path: Path, of: Stamp) -> pa.Table:
    """A table of this stamp. Raises ResultError if it is missing, damaged, empty or of another stamp."""
    with stamp.refusing(path, pa.ArrowException, ValueError):
        # A file handle: of a path, pyarrow reads "epsilon=1" as one more column.
        with path.open("rb") as file:
            table = pq.read_table(file, page_checksum_verification=True)
        found = json.loads((table.schema.metadata or {}).get(stamp.KEY.encode(), b"{}"))
    stamp.check(path, found, of.content())
    if table.num_rows == 0:
        raise stamp.refusal(path, "holds no rows")
    return table


def write_checkpoint(folder: Path, step: int, tensors: Mapping[str, Tensor], spec: RunSpec) -> None:
    """Keep a model: its weights and the fixed projections."""
    write_tensors(checkpoint_path(folder, step), tensors, _of_checkpoint(step, spec))


def read_checkpoint(folder: Path, step: int, spec: RunSpec) -> Model:
    """A run's model at a step. Raises ResultError if the file is missing, damaged or not of this run and step."""
    path = checkpoint_path(folder, step)
    weights, _ = read_tensors(path, _of_checkpoint(step, spec))
    shapes = {"P": (spec.N, spec.d), "W1": (spec.d, spec.k), "b": (spec.k,), "W2": (spec.k, spec.n_outputs)}
    found = {name: tuple(weights[name].shape) if name in weights else None for name in shapes}
    for name, shape in shapes.items():
        if found[name] != shape:
            raise stamp.refusal(path, f"{name} has the shape {found[name]}, not {shape}")
    return Model(spec.task, spec.activation, *(weights[name] for name in shapes))


def _of_checkpoint(step: int, spec: RunSpec) -> dict[str, Any]:
    return stamp.of_run(spec).content() | {"step": step, "task": spec.task, "activation": spec.activation}


def write_tensors(path: Path, tensors: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
    """Write tensors, what is said of them, and a checksum."""
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    metadata = {stamp.KEY: json.dumps({**said, "checksum": _checksum(tensors)}, sort_keys=True)}
    content = safetensors.torch.save(tensors, metadata)
    with written_whole(path) as aside:
        aside.write_bytes(content)


def read_tensors(path: Path, wanted: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and what is said of them. Raises ResultError if missing, damaged, or not said to be what is wanted."""
    refusing = stamp.refusing(path, safetensors.SafetensorError, ValueError)
    with refusing, safetensors.safe_open(path, framework="pt") as file:
        said = json.loads((file.metadata() or {}).get(stamp.KEY, "{}"))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
    stamp.check(path, said, {**wanted, "checksum": _checksum(tensors)})
    return tensors, said


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    checksum = hashlib.sha256()
    for name in sorted(tensors):
        checksum.update(name.encode())
        checksum.update(tensors[name].numpy().tobytes())
    return checksum.hexdigest()


def is_whole(folder: Path, spec: RunSpec) -> bool:
    """Whether every file of a run is there and good."""
    try:
        read_record(folder, spec)
        read_parquet(folder / layout.TRACE, TRACE_SCHEMA, spec)
        read_parquet(folder / layout.NEURONS, NEURONS_SCHEMA, spec)
        for step in spec.checkpoint_steps:
            read_checkpoint(folder, step, spec)
    except ResultError:
        return False
    return True
