"""Training of companion runs: whole files, resumed to the same bytes, left alone where they are there."""

import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import safetensors

from helpers.files import files_of
from monosemanticity.companions import runs, trajectory
from monosemanticity.companions.train import train
from monosemanticity.errors import DivergedError, RefusedError, StoppedError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.experiment.superposition import SuperpositionSpec
from monosemanticity.identity import stages
from monosemanticity.results import paths
from monosemanticity.results.tensors import write_tensors
from monosemanticity.training import saving

SPECS: list[CompanionSpec] = [
    IncidentalSpec(n=4, m=6, instances=3, steps=20, l1=0.01, optimiser="adamw", learning_rate=0.01, kept="powers"),
    SuperpositionSpec(
        task="absolute",
        n=3,
        m=6,
        instances=2,
        steps=20,
        importance=0.7,
        active=0.5,
        batch_size=8,
        learning_rate=0.01,
        initial_sd=0.1,
    ),
]

each_study = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.study)


def interrupted(monkeypatch: pytest.MonkeyPatch, spec: CompanionSpec, folder: Path, at: int) -> None:
    """Train until SIGTERM comes after a step."""
    follow = trajectory.follow

    def until(*arguments: object) -> object:
        for moment in follow(*arguments):
            if moment.step == at:
                signal.raise_signal(signal.SIGTERM)
            yield moment

    with monkeypatch.context() as patched:
        patched.setattr(trajectory, "follow", until)
        with pytest.raises(StoppedError, match=f"after step {at}; the same command resumes"):
            train(spec, folder)


def steps_taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The moments that come from here on, as they come."""
    follow, taken = trajectory.follow, []

    def told(*arguments: object) -> object:
        for moment in follow(*arguments):
            taken.append(moment.step)
            yield moment

    monkeypatch.setattr(trajectory, "follow", told)
    return taken


@each_study
def test_a_trace_has_a_row_a_recorded_step_and_instance(
    spec: CompanionSpec, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(spec, tmp_path)
    trace = runs.read_trace(tmp_path, spec).to_pandas()
    assert list(trace["step"]) == [step for step in spec.recorded_steps for _ in range(spec.instances)]
    assert list(trace["instance"][: spec.instances]) == list(range(spec.instances))
    assert trace["loss"].notna().all()
    assert "cannot be used" not in caplog.text
    last = trajectory.start(spec)
    for t in range(1, spec.steps + 1):
        last.step(t)
    assert np.array_equal(trace["loss"][-spec.instances :], last.record()["loss"])


@each_study
@pytest.mark.parametrize("at", [0, 7, 16, 20])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    spec: CompanionSpec, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(spec, tmp_path / "undisturbed")
    interrupted(monkeypatch, spec, tmp_path / "stopped", at)
    assert not runs.is_whole(tmp_path / "stopped", spec)
    shutil.rmtree(tmp_path / "stopped" / paths.CHECKPOINTS, ignore_errors=True)  # as Snakemake does
    begun = steps_taken(monkeypatch)
    train(spec, tmp_path / "stopped")
    assert begun == list(range(at + 1, spec.steps + 1))
    assert files_of(tmp_path / "stopped") == files_of(tmp_path / "undisturbed")


@each_study
def test_a_damaged_state_is_not_gone_on_from(
    spec: CompanionSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(spec, tmp_path / "undisturbed")
    interrupted(monkeypatch, spec, tmp_path / "stopped", 7)
    state = tmp_path / "stopped" / paths.RESUME / paths.STATE
    content = bytearray(state.read_bytes())
    content[-3] ^= 1
    state.write_bytes(content)
    train(spec, tmp_path / "stopped")
    assert files_of(tmp_path / "stopped") == files_of(tmp_path / "undisturbed")


def test_a_whole_run_is_left_alone_and_a_damaged_one_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SPECS[0]
    train(spec, tmp_path)
    whole = files_of(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(trajectory, "start", lambda spec: pytest.fail("it is trained again"))
        train(spec, tmp_path)
    paths.checkpoint_path(tmp_path, 4).unlink()
    train(spec, tmp_path)
    assert files_of(tmp_path) == whole


def test_models_of_another_run_are_refused(tmp_path: Path) -> None:
    train(SPECS[0], tmp_path)
    other = SPECS[0].model_copy(update={"seed": 1})
    with pytest.raises(RefusedError):
        runs.read_models(tmp_path, 0, other)
    assert not runs.is_whole(tmp_path, other)


def test_a_run_that_diverges_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = IncidentalSpec(n=4, m=6, instances=2, steps=200, l1=0, optimiser="sgd", learning_rate=1e9)
    with pytest.raises(DivergedError, match=r"diverged by step \d+: .* lower learning_rate"):
        train(spec, tmp_path)
    monkeypatch.setattr(trajectory, "start", lambda spec: pytest.fail("it is trained again"))
    with pytest.raises(DivergedError, match="not trained again"):
        train(spec, tmp_path)


@each_study
@pytest.mark.parametrize("step", ["7", None, 10**9, -2, 7.5])
def test_a_state_of_no_step_of_the_run_is_not_gone_on_from(
    spec: CompanionSpec, step: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, spec, tmp_path, 7)
    state = tmp_path / paths.RESUME / paths.STATE
    with safetensors.safe_open(state, "np") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 not a mapping
    write_tensors(state, tensors, stages.of_companion_training(spec).content() | {"step": step})
    begun = steps_taken(monkeypatch)
    train(spec, tmp_path)
    assert begun == list(range(spec.steps + 1))
    assert runs.read_trace(tmp_path, spec).to_pandas().notna().all(axis=None)


@each_study
def test_what_is_saved_now_and_then_changes_nothing(
    spec: CompanionSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(spec, tmp_path / "undisturbed")
    monkeypatch.setattr(saving, "SAVE_EVERY", -1)
    train(spec, tmp_path / "saved")
    assert files_of(tmp_path / "saved") == files_of(tmp_path / "undisturbed")
