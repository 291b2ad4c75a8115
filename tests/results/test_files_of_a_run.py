import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pyarrow.parquet as pq
import pytest
import safetensors

from helpers.training import start
from monosemanticity.errors import ResultError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.identity.stamp import Stamp
from monosemanticity.measures import measured
from monosemanticity.model.trained import model_of
from monosemanticity.results import checkpoints, parquet, run_record, whole_files
from monosemanticity.results.paths import checkpoint_path
from monosemanticity.results.whole_files import written_whole
from monosemanticity.training import loss_trace

NEURONS = {
    "neuron": [0, 1, 2],
    "r": [1.0, 0.0, 0.5],
    "bias": [-0.1, 0.2, 0.0],
    "strongest_feature": [5, None, 0],
    "onset": [0.5, None, -0.25],
    "w1_norm": [1.0, 2.0, 3.0],
    "w2_norm": [3.0, 4.0, 5.0],
}
MEASURED = NEURONS | {"strongest_feature": [5, -1, 0], "onset": [0.5, float("nan"), -0.25]}
"""As it is measured: a negative index or NaN for none."""
TRACE = {"step": [16, 32], "loss": [2.0, 1.0], "l1_term": [0.0, 0.1], "learning_rate": [0.01, 0.02]}
STEP = 4


@pytest.fixture
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec()


@pytest.fixture
def of(spec: RunSpec) -> Stamp:
    return stages.of_measuring(spec)


def test_a_record_reads_as_it_was_written(tmp_path, spec, record_of):
    run_record.write_record(tmp_path, record_of(spec))
    assert run_record.read_record(tmp_path, spec) == record_of(spec)


def test_a_record_names_its_run_to_who_does_not_know_it(tmp_path, spec, record_of):
    run_record.write_record(tmp_path, record_of(spec))
    assert run_record.read_any(tmp_path).spec == spec


def test_neurons_read_as_they_were_written_with_null_for_no_feature(tmp_path, of):
    parquet.write_columns(tmp_path / "neurons.parquet", MEASURED, measured.NEURONS, of)
    assert parquet.read_columns(tmp_path / "neurons.parquet", measured.NEURONS, of, rows=3).to_pydict() == NEURONS


def test_columns_are_written_in_the_order_of_their_schema(tmp_path, of):
    turned = dict(reversed(TRACE.items()))
    parquet.write_columns(tmp_path / "trace.parquet", turned, loss_trace.TRACE, of)
    table = parquet.read_columns(tmp_path / "trace.parquet", loss_trace.TRACE, of, rows=3)
    assert list(table.to_pydict().items()) == list(TRACE.items())


@pytest.mark.parametrize("schema", [measured.MEASURES, measured.NEURONS, measured.FEATURES])
def test_a_column_that_may_be_null_says_when(schema):
    assert [field.name for field in schema if field.nullable != (b"null" in field.metadata[b"unit"])] == []


def test_a_trace_has_no_null():
    assert [field.name for field in loss_trace.TRACE if field.nullable] == []


@pytest.mark.parametrize("columns", [{"step": [1]}, TRACE | {"more": [1, 2]}, {}], ids=["missing", "more", "none"])
def test_columns_that_are_not_the_schemas_are_not_written(tmp_path, of, columns):
    with pytest.raises(ValueError, match=r"trace.parquet: columns .* are not step, loss, l1_term, learning_rate"):
        parquet.write_columns(tmp_path / "trace.parquet", columns, loss_trace.TRACE, of)
    assert list(tmp_path.iterdir()) == []


def test_a_fraction_is_not_cut_off_to_a_whole_number(tmp_path, of):
    with pytest.raises(TypeError, match="float64"):
        parquet.write_columns(tmp_path / "n.parquet", MEASURED | {"neuron": [0.0, 0.5, 1.0]}, measured.NEURONS, of)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
def test_a_checkpoint_reads_as_it_was_written_in_double_precision(tmp_path, tiny_spec, task):
    spec = tiny_spec(task=task, activation="gelu")
    written = {name: tensor.numpy() for name, tensor in start(spec).tensors().items()}
    checkpoints.write_checkpoint(tmp_path, STEP, written, spec)
    model = model_of(spec, checkpoints.read_checkpoint(tmp_path, STEP, spec))
    assert (model.task, model.activation) == (task, "gelu")
    for name in ("P", "W1", "b", "W2"):
        assert getattr(model, name).dtype == np.float64
        assert np.array_equal(getattr(model, name), written[name])
    with safetensors.safe_open(checkpoint_path(tmp_path, STEP), framework="np") as file:
        assert set(file.keys()) == set(written)
        assert {file.get_tensor(name).dtype for name in written} == {np.dtype("float32")}


def test_a_table_says_its_units_its_stamp_its_other_files_and_what_made_it(tmp_path, of):
    beside = tmp_path / "more" / "other.parquet"
    parquet.write_columns(beside, TRACE, loss_trace.TRACE, of)
    parquet.write_columns(tmp_path / "neurons.parquet", MEASURED, measured.NEURONS, of, beside=[beside])
    schema = pq.read_schema(tmp_path / "neurons.parquet")
    assert all(schema.field(name).metadata[b"unit"] for name in NEURONS)
    said = {key: json.loads(schema.metadata[key.encode()]) for key in stamp.KEYS}
    assert said[stamp.KEY] == of.content()
    assert said[stamp.FILES] == {"more/other.parquet": beside.stat().st_size}
    assert set(said[stamp.MADE_BY]) == {"python", "monosemanticity", "numpy", "pyarrow"}


@pytest.mark.parametrize(("interruption", "becomes"), [(KeyboardInterrupt, KeyboardInterrupt), (OSError, ResultError)])
def test_an_interrupted_write_leaves_nothing_behind(tmp_path, interruption, becomes):
    with pytest.raises(becomes), written_whole(tmp_path / "wanted") as aside:
        aside.write_text("half of it")
        raise interruption
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_to_be(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with (
        pytest.raises(ResultError, match="taken/wanted: cannot be written: "),
        written_whole(tmp_path / "taken/wanted"),
    ):
        pass


def test_an_interrupted_write_leaves_the_earlier_file_as_it_was(tmp_path):
    path = tmp_path / "wanted"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), written_whole(path) as aside:
        aside.write_text("half of it")
        raise KeyboardInterrupt
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("wanted", "earlier")]


WRITING = """
import sys, time
from pathlib import Path
from monosemanticity.results.whole_files import written_whole

with written_whole(Path(sys.argv[1])) as aside:
    aside.write_text("half of it")
    print("begun", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_was_writing_goes_with_the_next_write_and_what_a_living_one_writes_stays(tmp_path):
    path = tmp_path / "the [wanted] file"
    writers = [subprocess.Popen([sys.executable, "-c", WRITING, path], stdout=subprocess.PIPE) for _ in range(2)]
    for writer in writers:
        assert writer.stdout.readline() == b"begun\n"
    assert len(list(tmp_path.iterdir())) == 2
    killed, living = writers
    killed.kill()
    killed.wait()
    with written_whole(path) as aside:
        aside.write_text("all of it")
    left = [file for file in tmp_path.iterdir() if file != path]
    living.kill()
    living.wait()
    assert [file.name.split(".")[-2] for file in left] == [str(living.pid)]
    assert path.read_text() == "all of it"


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "new folder" / "wanted"
    with written_whole(path) as aside:
        aside.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_reads_like_a_partition_adds_no_column(tmp_path, of):
    path = tmp_path / "epsilon=1" / "neurons.parquet"
    parquet.write_columns(path, MEASURED, measured.NEURONS, of)
    assert parquet.read_columns(path, measured.NEURONS, of, rows=3).column_names == list(NEURONS)


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.ENOSPC, "make room, then start again"),
        (errno.EROFS, "choose a folder that can be written, then start again"),
        (errno.EIO, "correct that, then start again"),
    ],
)
def test_what_keeps_a_file_from_being_written_is_named_with_its_mend(tmp_path, number, mend):
    with pytest.raises(ResultError) as refusal, written_whole(tmp_path / "file"):
        raise OSError(number, os.strerror(number))
    assert str(refusal.value) == f"{tmp_path}/file: cannot be written: [Errno {number}] {os.strerror(number)}; {mend}"
    assert list(tmp_path.iterdir()) == []


def test_what_keeps_a_file_from_being_removed_is_named(tmp_path):
    whole_files.remove(tmp_path / "not there")
    with pytest.raises(ResultError, match=rf"{tmp_path}: cannot be written: .*; correct that, then start again"):
        whole_files.remove(tmp_path)


def test_a_copy_that_finds_no_room_is_of_its_target_though_it_names_its_source(tmp_path):
    with pytest.raises(ResultError, match="make room"), written_whole(tmp_path / "file") as aside:
        raise OSError(errno.ENOSPC, "no room", str(tmp_path / "other/source"), None, str(aside))


def test_what_is_wrong_with_another_file_is_said_of_that(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), written_whole(tmp_path / "file") as aside:
        shutil.copyfile(tmp_path / "other/nowhere", aside)
    assert list(tmp_path.iterdir()) == []
