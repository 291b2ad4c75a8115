import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from filelock import FileLock, Timeout

from monosemanticity.errors import ResultError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.identity.stamp import Stamp
from monosemanticity.measures.measuring import measure_run
from monosemanticity.results import tensors
from monosemanticity.training import destination
from monosemanticity.training.train import train


@pytest.fixture
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec(steps=4)


@pytest.fixture
def run(spec: RunSpec, tmp_path: Path) -> Path:
    """A run that is trained and measured, with the state that it would resume from."""
    folder = tmp_path / "run"
    train(spec, folder)
    measure_run(spec, folder)
    (folder / "definitions").mkdir()
    (folder / "definitions/0123456789abcdef.json").write_text("{}")
    (folder / "checkpoints/.snakemake_timestamp").touch()
    return folder


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def claim(folder: Path, spec: RunSpec, replace: bool = False) -> None:
    destination.claim(folder, stages.of_training(spec), replace)


def refused(folder: Path, spec: RunSpec, replace: bool = False) -> str:
    """What is said of a folder, of which nothing is touched."""
    before = everything(folder)
    with pytest.raises(ResultError) as refusal:
        claim(folder, spec, replace)
    assert everything(folder) == before
    return str(refusal.value)


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_a_folder_that_holds_nothing_is_taken(spec: RunSpec, tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    claim(tmp_path / folder, spec)
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


@pytest.mark.parametrize("lost", [None, "run.json", "checkpoints", "resume", "measures.parquet"])
def test_the_same_run_is_gone_on_with_whatever_it_has_lost(spec: RunSpec, run: Path, lost: str | None) -> None:
    if lost:
        shutil.rmtree(run / lost, ignore_errors=True)
        (run / lost).unlink(missing_ok=True)
    before = everything(run)
    claim(run, spec)
    assert everything(run) == before


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    "name",
    ["model.ckpt", "checkpoints/model.ckpt", "resume/notes.txt", "deeper/run.json", "checkpoints/step-1.safetensors"],
)
def test_what_no_run_has_written_is_left_alone(spec: RunSpec, tmp_path: Path, name: str, replace: bool) -> None:
    (tmp_path / "own" / name).parent.mkdir(parents=True)
    (tmp_path / "own" / name).write_text("precious")
    said = refused(tmp_path / "own", spec, replace)
    assert said == f"{tmp_path / 'own'}: holds {name}, which no run has written; choose another folder"


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    "name", ["run.json", "trace.parquet", "checkpoints/step-00000001.safetensors", "resume/state.safetensors"]
)
def test_what_only_has_the_name_of_a_runs_file_is_left_alone(
    spec: RunSpec, tmp_path: Path, name: str, replace: bool
) -> None:
    (tmp_path / "own" / name).parent.mkdir(parents=True)
    (tmp_path / "own" / name).write_text('{"precious": true}')
    assert "no run has written it, or it is damaged" in refused(tmp_path / "own", spec, replace)


def test_tensors_of_another_program_are_left_alone(spec: RunSpec, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    safetensors.numpy.save_file({"W": np.zeros(3)}, tmp_path / "checkpoints/step-00000001.safetensors")
    assert "no run has written it" in refused(tmp_path, spec, replace=True)


def test_a_link_in_the_place_of_checkpoints_is_left_alone(spec: RunSpec, run: Path, tmp_path: Path) -> None:
    (run / "checkpoints").rename(tmp_path / "elsewhere")
    (run / "checkpoints").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResultError, match="holds checkpoints, which no run has written"):
        claim(run, spec, replace=True)
    assert list((tmp_path / "elsewhere").iterdir())


def test_notes_beside_a_run_are_no_matter(spec: RunSpec, run: Path) -> None:
    (run / "notes.txt").write_text("mine")
    claim(run, spec)
    claim(run, spec.model_copy(update={"seed": 1}), replace=True)
    assert (run / "notes.txt").read_text() == "mine"


def test_another_run_is_replaced_where_that_is_asked_for(spec: RunSpec, run: Path) -> None:
    other = spec.model_copy(update={"seed": 1})
    assert "holds another run, or this one made by other code" in refused(run, other)
    claim(run, other, replace=True)
    left = {".lock", ".snakemake_timestamp", "0123456789abcdef.json"}
    assert {path.name for path in run.rglob("*") if path.is_file()} == left
    train(other, run)


def test_the_same_numbers_of_other_code_are_another_run(spec: RunSpec, run: Path) -> None:
    of = stages.of_training(spec)
    with pytest.raises(ResultError, match="or this one made by other code"):
        destination.claim(run, Stamp(of.digest, "other"), replace=False)


def test_the_state_alone_says_which_run_it_is(spec: RunSpec, run: Path) -> None:
    for path in run.iterdir():
        if path.name != "resume":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert tensors.said(run / "resume/state.safetensors")["digest"] == spec.digest
    claim(run, spec)
    assert "holds another run" in refused(run, spec.model_copy(update={"seed": 1}))


def test_a_folder_is_claimed_while_no_other_process_trains_there(spec: RunSpec, tmp_path: Path) -> None:
    def refuse() -> None:
        held = FileLock(tmp_path / ".lock", blocking=False)
        with pytest.raises(Timeout):
            held.acquire()
        raise ResultError("not this folder")

    with pytest.raises(ResultError, match="not this folder"):
        train(spec, tmp_path, claim=refuse)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
