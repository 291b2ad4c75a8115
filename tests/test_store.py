import json
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
import safetensors
import torch
from training import start

from monosemanticity import stamp, store
from monosemanticity.errors import ResultError
from monosemanticity.layout import checkpoint_path
from monosemanticity.provenance import changes
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


def test_a_record_reads_as_it_was_written(tmp_path, spec, record_of):
    store.write_record(tmp_path, record_of(spec))
    read = store.read_record(tmp_path, spec)
    assert read == record_of(spec)
    assert changes(read.definitions, stamp.of_run(spec).code) == []


def test_a_table_reads_as_it_was_written(tmp_path, spec):
    store.write_parquet(tmp_path / "neurons.parquet", NEURONS, store.NEURONS_SCHEMA, spec)
    assert store.read_parquet(tmp_path / "neurons.parquet", store.NEURONS_SCHEMA, spec).to_pydict() == NEURONS


@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
def test_a_checkpoint_reads_as_it_was_written(tmp_path, tiny_spec, task):
    spec = tiny_spec(task=task, activation="gelu")
    written = start(spec).tensors()
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


def test_a_table_says_its_units_version_digest_and_code(tmp_path, spec):
    store.write_parquet(tmp_path / "neurons.parquet", NEURONS, store.NEURONS_SCHEMA, spec)
    schema = pq.read_schema(tmp_path / "neurons.parquet")
    assert all(schema.field(name).metadata[b"unit"] for name in NEURONS)
    of = stamp.of_run(spec)
    assert json.loads(schema.metadata[stamp.KEY.encode()]) == of.content()
    assert json.loads(schema.metadata[stamp.DEFINITIONS.encode()]) == of.code


@pytest.mark.parametrize(("interruption", "becomes"), [(KeyboardInterrupt, KeyboardInterrupt), (OSError, ResultError)])
def test_an_interrupted_write_leaves_nothing_behind(tmp_path, interruption, becomes):
    with pytest.raises(becomes), store.written_whole(tmp_path / "wanted") as aside:
        aside.write_text("half of it")
        raise interruption
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_to_be(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with (
        pytest.raises(ResultError, match="taken/wanted: cannot be written: "),
        store.written_whole(tmp_path / "taken/wanted"),
    ):
        pass


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
