import json
import subprocess
import sys
from pathlib import Path

import pytest

from monosemanticity import cli
from monosemanticity.spec import RunSpec

ROOT = Path(__file__).parents[1]
COMMANDS = ("train", "figure", "tables", "runs", "findings", "schema", "why")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["monosemanticity", *arguments])
    cli.main()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, command, "--help")
    assert exit_.value.code == 0
    assert f"example: monosemanticity {command}" in " ".join(capsys.readouterr().out.split())


def test_a_run_of_a_batch_is_trained_by_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run(
        monkeypatch,
        *("train", "--batch", "LR3", "--set", "learning_rate=0.007", "--scale", "smoke", "--out", str(tmp_path)),
    )
    record = json.loads((tmp_path / "run.json").read_text())
    assert RunSpec(**record["spec"]).digest == record["digest"]
    assert record["spec"]["learning_rate"] == 0.007
    assert {path.name for path in tmp_path.iterdir()} == {
        *("run.json", "trace.parquet", "neurons.parquet", "checkpoints", ".lock")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "--batch", "LR3", "--out", "x"), "LR3 sweeps learning_rate"),
        (("train", "--batch", "LR9", "--out", "x"), "LR9 is not one of LR1"),
        (("train", "--batch", "LR3", "--set", "epsilon=2", "--out", "x"), "--set: epsilon: 2"),
        (("train", "--batch", "LR3", "--set", "lr=2", "--out", "x"), "unknown key lr"),
        (("train", "--spec", '{"N": 1}', "--out", "x"), "--spec: "),
        (("train", "--spec", "{}", "--set", "k=1", "--out", "x"), "--set: goes with --batch"),
        (("findings", "--scale", "smoke", "--results", "nowhere"), "models.parquet: missing; make it again: rm"),
        (("runs", "--scale", "huge"), "huge is not one of"),
        (("runs", "--config", "nowhere.yaml"), "nowhere.yaml"),
        (("figure", "fig99", "--scale", "smoke"), "fig99: not one of fig01"),
        (("figure", "fig03", "--scale", "smoke", "--results", "nowhere"), "trace.parquet: missing"),
        (
            ("figure", "fig03", "--code", "of another day"),
            "the code has changed while the workflow ran, from of another",
        ),
        (("why", "fig03", "fig99"), "fig99: not one of tables, fig01"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, *arguments)
    assert exit_.value.code == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--threads", "--jobs-per-gpu"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "all", ""])
def test_a_number_of_threads_or_jobs_is_at_least_one(
    option: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, "train", "--batch", "LR3", "--out", "x", f"{option}={value}")
    assert exit_.value.code == 2
    assert f"argument {option}: {value}: not a number of at least 1" in capsys.readouterr().err


def test_runs_are_listed_with_their_state_and_cost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(monkeypatch, "runs", "--scale", "paper", "--results", str(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("0 of 266 runs done")
    (shared,) = [line for line in lines if "LR3,K1" in line]
    assert shared.startswith("to do ")
    folder = tmp_path / "paper/runs" / shared.split()[-1]
    (folder / "resume").mkdir(parents=True)
    (folder / "resume/state.safetensors").touch()
    run(monkeypatch, "runs", "--scale", "paper", "--results", str(tmp_path))
    assert shared.replace("to do  ", "stopped") in capsys.readouterr().out
    for name in ("run.json", "trace.parquet", "neurons.parquet", "checkpoints"):
        (folder / name).touch()
    run(monkeypatch, "runs", "--scale", "paper", "--results", str(tmp_path))
    output = capsys.readouterr().out
    assert shared.replace("to do", "done ") in output
    assert "\n1 of 266 runs done" in output


def test_the_schema_that_editors_use_is_that_of_the_models(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "schema")
    assert capsys.readouterr().out == (ROOT / "workflow/schemas/config.schema.json").read_text()


def test_a_reader_who_has_enough_is_no_error() -> None:
    command = f"{sys.executable} -m monosemanticity runs --scale paper | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.startswith("state ")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "monosemanticity", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "train" in done.stdout
