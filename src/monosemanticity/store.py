"""The files of a run: written aside and renamed when whole, refused on reading when they are not what is asked."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import safetensors.torch
from torch import Tensor

from monosemanticity.atomic import written_whole
from monosemanticity.errors import ResultError
from monosemanticity.layout import CHECKPOINTS, checkpoint_path
from monosemanticity.measure import Model
from monosemanticity.spec import RunSpec

SCHEMA_VERSION = 1
METADATA_KEY = "monosemanticity"


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


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, keys in order."""
    with written_whole(path) as aside:
        aside.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_record(path: Path, spec: RunSpec) -> dict[str, Any]:
    """The run.json of a run. Raises ResultError if it is missing, damaged or another run's."""
    with _refusing(path, (OSError, ValueError)):
        record = json.loads(path.read_text(encoding="utf-8"))
    _check_identity(path, record, identity(spec))
    return record


def identity(spec: RunSpec) -> dict[str, Any]:
    """What every file of a run says about where it belongs."""
    return {"schema_version": SCHEMA_VERSION, "digest": spec.digest}


def write_parquet(path: Path, columns: Mapping[str, Any], schema: pa.Schema, spec: RunSpec) -> None:
    """Write columns with their units, the schema's version and the run's digest."""
    schema = schema.with_metadata({METADATA_KEY: json.dumps(identity(spec), sort_keys=True)})
    with written_whole(path) as aside:
        pq.write_table(pa.table(dict(columns), schema=schema), aside)


def read_parquet(path: Path, schema: pa.Schema, spec: RunSpec) -> pa.Table:
    """A run's Parquet file. Raises ResultError if it is missing, damaged, of other columns or another run's."""
    with _refusing(path, (OSError, pa.ArrowException, ValueError)):
        table = pq.read_table(path)
        metadata = json.loads((table.schema.metadata or {}).get(METADATA_KEY.encode(), b"{}"))
    _check_identity(path, metadata, identity(spec))
    if not table.schema.equals(schema) or table.num_rows == 0:
        raise ResultError(
            f"{path}: holds {table.num_rows} rows of {', '.join(table.schema.names)}; rows of"
            f" {', '.join(schema.names)} are needed; {_remake(path)}"
        )
    return table


def write_checkpoint(folder: Path, step: int, tensors: Mapping[str, Tensor], spec: RunSpec) -> None:
    """Keep a model: its weights and the fixed projections."""
    metadata = identity(spec) | {"step": step, "task": spec.task, "activation": spec.activation}
    content = safetensors.torch.save(
        {name: tensor.contiguous() for name, tensor in tensors.items()},
        {METADATA_KEY: json.dumps(metadata, sort_keys=True)},
    )
    with written_whole(checkpoint_path(folder, step)) as aside:
        aside.write_bytes(content)


def read_checkpoint(folder: Path, step: int, spec: RunSpec) -> Model:
    """A run's model at a step. Raises ResultError if the file is missing, damaged or another run's."""
    path = checkpoint_path(folder, step)
    refusing = _refusing(path, (OSError, safetensors.SafetensorError, KeyError, ValueError))
    with refusing, safetensors.safe_open(path, framework="pt") as file:
        metadata = json.loads((file.metadata() or {})[METADATA_KEY])
        weights = {name: file.get_tensor(name) for name in ("P", "W1", "b", "W2")}
    _check_identity(path, metadata, identity(spec) | {"step": step})
    shapes = {"P": (spec.N, spec.d), "W1": (spec.d, spec.k), "b": (spec.k,), "W2": (spec.k, spec.n_outputs)}
    for name, shape in shapes.items():
        if tuple(weights[name].shape) != shape:
            raise ResultError(
                f"{path}: {name} has the shape {tuple(weights[name].shape)}, not {shape}; {_remake(path)}"
            )
    return Model(spec.task, spec.activation, **weights)


@contextmanager
def _refusing(path: Path, causes: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn a library's error on a file into one that names the file and the mend."""
    try:
        yield
    except FileNotFoundError:
        raise ResultError(f"{path}: missing; {_remake(path)}") from None
    except causes as error:
        raise ResultError(f"{path}: damaged: {error}; {_remake(path)}") from error


def _check_identity(path: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    if not isinstance(found, dict):
        raise ResultError(f"{path}: says {found!r} where it should say which run it is of; {_remake(path)}")
    for key, value in wanted.items():
        if found.get(key) != value:
            raise ResultError(f"{path}: {key} is {found.get(key)}, not {value}; {_remake(path)}")


def _remake(path: Path) -> str:
    """The mend: a run is made whole, so what is left of it goes first."""
    run = path.parent.parent if path.parent.name == CHECKPOINTS else path.parent
    return f"train the run again: rm -rf {shlex.quote(str(run))} && snakemake"
