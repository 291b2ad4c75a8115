import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.torch
import torch
from training import start

from monosemanticity import store
from monosemanticity.errors import ResultError
from monosemanticity.layout import checkpoint_path
from monosemanticity.spec import RunSpec

NEURONS = {
    "neuron": [0, 1],
    "r": [1.0, -3e9],
    "bias": [-0.1, 0.2],
    "strongest_feature": [5, 5],
    "w1_norm": [1.0, 2.0],
    "w2_norm": [3.0, 4.0],
}
STEP = 4


@pytest.fixture
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec()


@pytest.fixture
def run(tmp_path: Path, spec: RunSpec) -> Path:
    """The folder of a run, with a file of each kind."""
    write_all(tmp_path / "run", spec)
    return tmp_path / "run"


def tensors_of(spec: RunSpec) -> dict[str, torch.Tensor]:
    return start(spec).tensors()


def write_all(folder: Path, spec: RunSpec) -> None:
    store.write_json(folder / "run.json", store.identity(spec) | {"seconds": 1.5})
    store.write_parquet(folder / "neurons.parquet", NEURONS, store.NEURONS_SCHEMA, spec)
    store.write_checkpoint(folder, STEP, tensors_of(spec), spec)


READERS: dict[str, Callable[[Path, RunSpec], Any]] = {
    "run.json": lambda folder, spec: store.read_record(folder / "run.json", spec),
    "neurons.parquet": lambda folder, spec: store.read_parquet(folder / "neurons.parquet", store.NEURONS_SCHEMA, spec),
    "checkpoints/step-00000004.safetensors": lambda folder, spec: store.read_checkpoint(folder, STEP, spec),
}


@pytest.fixture(params=READERS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def assert_refused(folder: Path, kind: str, spec: RunSpec, reason: str = "") -> None:
    """Refused by name of the file, with what is wrong and the command that mends it."""
    with pytest.raises(ResultError) as refusal:
        READERS[kind](folder, spec)
    message = str(refusal.value)
    assert message.startswith(f"{folder / kind}: ")
    assert reason in message
    assert "train the run again: rm -rf" in message


def test_a_record_reads_as_it_was_written(run, spec):
    assert store.read_record(run / "run.json", spec) == store.identity(spec) | {"seconds": 1.5}


def test_a_table_reads_as_it_was_written(run, spec):
    table = store.read_parquet(run / "neurons.parquet", store.NEURONS_SCHEMA, spec)
    assert table.to_pydict() == NEURONS


@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
def test_a_checkpoint_reads_as_it_was_written(tmp_path, tiny_spec, task):
    spec = tiny_spec(task=task, activation="gelu")
    written = tensors_of(spec)
    store.write_checkpoint(tmp_path, STEP, written, spec)
    model = store.read_checkpoint(tmp_path, STEP, spec)
    assert (model.task, model.activation) == (task, "gelu")
    assert all(torch.equal(getattr(model, name), written[name]) for name in ("P", "W1", "b", "W2"))
    with safetensors.safe_open(checkpoint_path(tmp_path, STEP), framework="pt") as file:
        assert set(file.keys()) == set(written)


def test_empty_entries_of_a_trace_stay_empty(tmp_path, spec):
    trace = {name: [None, 1] for name in store.TRACE_SCHEMA.names} | {"step": [16, 32], "loss": [2.0, 1.0]}
    store.write_parquet(tmp_path / "trace.parquet", trace, store.TRACE_SCHEMA, spec)
    assert store.read_parquet(tmp_path / "trace.parquet", store.TRACE_SCHEMA, spec).to_pydict() == trace


def test_a_table_says_its_units_version_and_digest(run, spec):
    schema = pq.read_schema(run / "neurons.parquet")
    assert all(schema.field(name).metadata[b"unit"] for name in NEURONS)
    assert json.loads(schema.metadata[store.METADATA_KEY.encode()]) == {
        "schema_version": store.SCHEMA_VERSION,
        "digest": spec.digest,
    }


def test_a_missing_file_is_refused(run, spec, kind):
    (run / kind).unlink()
    assert_refused(run, kind, spec, "missing")


def test_a_truncated_file_is_refused(run, spec, kind):
    path = run / kind
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert_refused(run, kind, spec, "damaged")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[]", b"null"])
def test_a_file_of_something_else_is_refused(run, spec, kind, content):
    (run / kind).write_bytes(content)
    assert_refused(run, kind, spec)


def test_a_file_of_another_run_is_refused(run, spec, kind, tiny_spec):
    other = tiny_spec(seed=1)
    assert_refused(run, kind, other, f"digest is {spec.digest}, not {other.digest}")


def test_a_file_of_another_schema_is_refused(run, spec, kind, monkeypatch):
    monkeypatch.setattr(store, "SCHEMA_VERSION", 2)
    assert_refused(run, kind, spec, "schema_version is 1, not 2")


@pytest.mark.parametrize(
    "columns",
    [
        {name: column for name, column in NEURONS.items() if name != "r"},
        NEURONS | {"more": [1, 2]},
        NEURONS | {"neuron": ["one", "two"]},
        {name: [] for name in NEURONS},
    ],
    ids=["too few", "too many", "of another type", "empty"],
)
def test_a_table_of_other_columns_is_refused(run, spec, columns):
    schema = pa.table(columns).schema if columns["neuron"] else store.NEURONS_SCHEMA
    store.write_parquet(run / "neurons.parquet", columns, schema, spec)
    assert_refused(run, "neurons.parquet", spec, "are needed")


@pytest.mark.parametrize("metadata", ["not JSON", "[]", "3"])
def test_a_table_of_foreign_metadata_is_refused(run, spec, metadata):
    foreign = pa.table(NEURONS).replace_schema_metadata({store.METADATA_KEY: metadata})
    pq.write_table(foreign, run / "neurons.parquet")
    assert_refused(run, "neurons.parquet", spec)


@pytest.mark.parametrize(
    "metadata", [None, {"format": "pt"}, {store.METADATA_KEY: "not JSON"}, {store.METADATA_KEY: "[]"}]
)
def test_a_foreign_safetensors_file_is_refused(run, spec, metadata):
    path = checkpoint_path(run, STEP)
    safetensors.torch.save_file({name: t.contiguous() for name, t in tensors_of(spec).items()}, path, metadata)
    assert_refused(run, "checkpoints/step-00000004.safetensors", spec)


def test_a_checkpoint_without_a_weight_is_refused(run, spec):
    store.write_checkpoint(run, STEP, {"P": torch.zeros(24, 6)}, spec)
    assert_refused(run, "checkpoints/step-00000004.safetensors", spec, "damaged")


def test_a_checkpoint_of_another_shape_is_refused(run, spec):
    store.write_checkpoint(run, STEP, tensors_of(spec) | {"b": torch.zeros(3)}, spec)
    assert_refused(run, "checkpoints/step-00000004.safetensors", spec, "b has the shape (3,), not (10,)")


def test_a_checkpoint_of_another_step_is_refused(run, spec):
    checkpoint_path(run, STEP).rename(checkpoint_path(run, 8))
    with pytest.raises(ResultError, match="step"):
        store.read_checkpoint(run, 8, spec)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError])
def test_an_interrupted_write_leaves_nothing_behind(tmp_path, interruption):
    with pytest.raises(interruption), store.written_whole(tmp_path / "wanted") as aside:
        aside.write_text("half of it")
        raise interruption
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_the_earlier_file_as_it_was(tmp_path):
    path = tmp_path / "wanted"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), store.written_whole(path) as aside:
        aside.write_text("half of it")
        raise KeyboardInterrupt
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("wanted", "earlier")]


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "new folder" / "wanted"
    with store.written_whole(path) as aside:
        aside.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_reads_like_a_partition_adds_no_column(tmp_path, spec):
    path = tmp_path / "epsilon=1" / "neurons.parquet"
    store.write_parquet(path, NEURONS, store.NEURONS_SCHEMA, spec)
    assert store.read_parquet(path, store.NEURONS_SCHEMA, spec).column_names == list(NEURONS)
