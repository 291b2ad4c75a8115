import errno
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import safetensors
import torch
from pydantic import ValidationError

from helpers.files import files_of
from helpers.training import FORMS, batch, dense, start, twin
from monosemanticity.errors import DivergedError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.model.trained import model_of
from monosemanticity.results import checkpoints, run_record
from monosemanticity.results.paths import checkpoint_path
from monosemanticity.training import loss_trace, saved_state
from monosemanticity.training import run as run_module
from monosemanticity.training.train import train


@pytest.fixture(scope="module")
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec(task="reprojector", steps=72, l1=0.1, decay=1)


@pytest.fixture(scope="module")
def run(spec: RunSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a trained run."""
    folder = tmp_path_factory.mktemp("results") / "run"
    train(spec, folder)
    saved_state.remove(folder)
    return folder


def test_a_run_leaves_these_files(run):
    kept = [1, 2, 4, 8, 16, 32, 64, 72]
    assert {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()} == {
        ".lock",
        "run.json",
        "trace.parquet",
        *(f"checkpoints/step-{step:08d}.safetensors" for step in kept),
    }


def test_the_same_seed_gives_the_same_bytes(run, spec, tmp_path):
    train(spec, tmp_path)
    assert files_of(tmp_path) == files_of(run)


def test_kept_models_lie_on_the_disk_once_while_the_state_to_resume_from_is_there(spec, tmp_path):
    train(spec, tmp_path)
    links = {path.stat().st_nlink for path in tmp_path.rglob("step-*.safetensors")}
    assert links == {2}


def test_a_file_system_without_links_has_two_of_them(run, spec, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "hardlink_to", raises(OSError(errno.EPERM, "no links here")))
    train(spec, tmp_path)
    assert {path.stat().st_nlink for path in tmp_path.rglob("step-*.safetensors")} == {1}
    assert files_of(tmp_path) == files_of(run)


def raises(error: Exception) -> Callable[..., None]:
    def function(*arguments: object) -> None:
        raise error

    return function


def test_another_seed_gives_other_results(run, spec, tmp_path):
    train(spec.model_copy(update={"seed": 1}), tmp_path)
    ours, theirs = files_of(tmp_path), files_of(run)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] == theirs[name]] == []


def test_the_loss_is_recorded_every_16_steps_and_at_powers_of_two_and_at_the_end(run):
    assert pq.read_table(run / "trace.parquet")["step"].to_pylist() == [1, 2, 4, 8, 16, 32, 48, 64, 72]


def test_a_trace_holds_losses_and_learning_rates_and_no_nulls(run):
    trace = pq.read_table(run / "trace.parquet")
    assert trace.column_names == ["step", "loss", "l1_term", "learning_rate"]
    assert [name for name in trace.column_names if trace[name].null_count] == []


def test_the_trace_says_what_the_reference_finds(run, spec):
    fresh, rows = start(spec), {}
    training = twin(fresh)
    for t in range(1, spec.steps + 1):
        learning_rate = training.schedule.get_last_lr()[0]
        task, l1 = training.step(dense(batch(fresh, t)))
        rows[t] = [task.item(), l1.item(), learning_rate]
    before = 0
    for row in pq.read_table(run / "trace.parquet").to_pylist():
        since = np.array([rows[t] for t in range(before + 1, row["step"] + 1)])
        assert [row["loss"], row["l1_term"]] == pytest.approx(since[:, :2].mean(axis=0), rel=1e-4)
        assert row["learning_rate"] == pytest.approx(since[-1, 2])
        before = row["step"]


@pytest.mark.parametrize(("task", "projections"), [("decoder", {"P"}), ("reprojector", {"P", "Q"}), ("abs", {"P"})])
def test_a_checkpoint_holds_the_weights_and_the_fixed_projections(tmp_path, tiny_spec, task, projections):
    spec = tiny_spec(task=task, steps=3)
    train(spec, tmp_path)
    fixed = start(spec).task.projections()
    for step in (1, 2, 3):
        with safetensors.safe_open(checkpoint_path(tmp_path, step), framework="pt") as file:
            assert set(file.keys()) == {"W1", "b", "W2"} | projections
            assert all(torch.equal(file.get_tensor(name), fixed[name]) for name in projections)
            assert json.loads(file.metadata()[stamp.KEY])["step"] == step


def test_checkpoints_are_the_models_after_their_steps(run, spec):
    fresh = start(spec)
    for t in (1, 2):
        fresh.advance(t)
        kept = model_of(spec, checkpoints.read_checkpoint(run, t, spec))
        for name, tensor in fresh.tensors().items():
            if name != "Q":  # nothing that is read off a model needs it
                assert np.array_equal(getattr(kept, name), tensor.numpy()), name


def test_the_record_says_what_was_run_and_with_what(run, spec):
    record = run_record.read_record(run, spec)
    assert record.run == spec.run_id
    assert record.spec == spec
    (segment,) = record.segments
    assert (segment.precision, segment.threads) == ("float32", 1)
    assert segment.after == 0
    assert segment.versions["torch"] == torch.__version__
    assert set(segment.versions) >= {"python", "numpy", "monosemanticity"}
    assert segment.device
    assert 0 < segment.seconds < 100
    assert record.digest == spec.digest
    assert record.code == stages.code_of_training(spec).digest
    assert record.files == {name: (run / name).stat().st_size for name in files_of(run)}


def test_a_trace_says_its_units_version_digest_and_code(run, spec):
    schema = pq.read_schema(run / "trace.parquet")
    assert schema.equals(loss_trace.TRACE)
    assert [field.name for field in schema if not (field.metadata or {}).get(b"unit")] == []
    assert json.loads(schema.metadata[stamp.KEY.encode()]) == stages.of_training(spec).content()


@pytest.mark.parametrize("form", FORMS)
def test_a_run_is_trained_in_its_form(tiny_spec, tmp_path, form):
    spec = tiny_spec(form=form)
    train(spec, tmp_path)
    other = start(spec)
    assert type(other.compute) is run_module.FORMS[form]
    for t in range(1, spec.steps + 1):
        other.advance(t)
    kept = model_of(spec, checkpoints.read_checkpoint(tmp_path, spec.steps, spec))
    assert np.array_equal(kept.W2, other.parameters.W2.numpy())


@pytest.mark.parametrize("learning_rate", [1e20, 1e30])
def test_a_run_whose_loss_leaves_the_finite_numbers_names_the_step_and_the_mend(tmp_path, tiny_spec, learning_rate):
    spec = tiny_spec(learning_rate=learning_rate)
    with pytest.raises(DivergedError, match=r"by step 2: .*; lower learning_rate: 1e\+[23]0"):
        train(spec, tmp_path)
    assert not (tmp_path / "run.json").exists()


@pytest.mark.parametrize("field", ["learning_rate", "l1"])
def test_a_number_beyond_float32_is_refused_or_a_divergence(tmp_path, tiny_spec, field):
    with pytest.raises((ValidationError, DivergedError), match=r"learning_rate|l1"):
        train(tiny_spec(**{field: 1e300}), tmp_path)
    assert not (tmp_path / "run.json").exists()


def test_a_run_that_diverges_at_its_last_step_is_not_kept(tmp_path, tiny_spec):
    spec = tiny_spec(steps=1, learning_rate=3e38, bias_offset=100)
    last = start(spec)
    assert last.advance(1).task.isfinite()
    assert not last.parameters.b.isfinite().all()
    with pytest.raises(DivergedError, match="by step 1: "):
        train(spec, tmp_path)
    assert not (tmp_path / "run.json").exists()


def test_training_lowers_the_loss(tmp_path, tiny_spec):
    train(tiny_spec(steps=512, learning_rate=0.03), tmp_path)
    loss = pq.read_table(tmp_path / "trace.parquet")["loss"].to_pylist()
    assert all(math.isfinite(value) for value in loss)
    assert loss[-1] < 0.7 * loss[0]


def test_a_run_leaves_no_checkpoint_of_another_in_its_folder(tmp_path, tiny_spec):
    train(tiny_spec(steps=64), tmp_path)
    train(tiny_spec(steps=8), tmp_path)
    assert [path.name for path in sorted((tmp_path / "checkpoints").iterdir())] == [
        f"step-{step:08d}.safetensors" for step in (1, 2, 4, 8)
    ]
