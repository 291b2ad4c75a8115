import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monosemanticity import cli
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.training.train import train

ROOT = Path(__file__).parents[1]
RUN_ID = re.compile(r"\S+-seed\d+-\S+")
COMMANDS = re.findall(r"^    (\w+)  ", cli._parser().format_help(), re.MULTILINE)

UNDRAWABLE = json.dumps({"batches": {"LR1": {"learning_rate": [0.5]}}})
"""LR1 without the models that figures show."""


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
        *("train", "--batch", "LR3", "--set", "learning_rate=0.007", "--seed", "3", "--scale", "smoke"),
        *("--out", str(tmp_path)),
    )
    record = json.loads((tmp_path / "run.json").read_text())
    assert RunSpec(**record["spec"]).digest == record["digest"]
    assert (record["spec"]["learning_rate"], record["spec"]["seed"]) == (0.007, 3)
    trained = {"run.json", "trace.parquet", "checkpoints", "definitions", ".lock"}
    assert {path.name for path in tmp_path.iterdir()} == trained
    (kept,) = (tmp_path / "definitions").iterdir()
    assert kept.stem == record["code"]
    assert "training.schedule.cosine_annealed" in json.loads(kept.read_text())
    run(monkeypatch, "measure", str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == trained | {
        "measures.parquet",
        "neurons.parquet",
        "features.parquet",
    }


def test_another_run_is_written_over_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("train", "--batch", "K0", "--set", "k=16", "--scale", "smoke", "--out", str(tmp_path), "--seed")
    run(monkeypatch, *asked, "0")
    with pytest.raises(SystemExit):
        run(monkeypatch, *asked, "1")
    assert f"monosemanticity: {tmp_path}: holds another run" in capsys.readouterr().err
    assert json.loads((tmp_path / "run.json").read_text())["spec"]["seed"] == 0
    run(monkeypatch, *asked, "1", "--replace")
    assert json.loads((tmp_path / "run.json").read_text())["spec"]["seed"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "--batch", "LR3", "--out", "x"), "LR3 sweeps learning_rate"),
        (("train", "--batch", "LR9", "--out", "x"), "LR9: unknown; nearest: LR"),
        (
            ("train", "--batch", "LR33", "--out", "x"),
            "LR33: unknown; nearest: LR3, LR",
        ),
        (("train", "--batch", "LR3", "--set", "epsilon=2", "--out", "x"), "--set: epsilon: 2"),
        (("train", "--batch", "LR3", "--set", "lr=2", "--out", "x"), "corrected: learning_rate: "),
        (("train", "--batch", "LR3", "--set", "seed=3", "--out", "x"), "corrected: --seed 3"),
        (("train", "--spec", '{"N": 1}', "--out", "x"), "--spec: "),
        (("train", "--spec", "{}", "--set", "k=1", "--out", "x"), "--set: goes with --batch"),
        (("train", "--spec", "{}", "--seed", "0", "--out", "x"), "--seed: goes with --batch"),
        (
            ("claims", "--scale", "smoke", "--results", "nowhere/results"),
            "members.parquet: missing; make it again: cd nowhere && monosemanticity check --remove --override ",
        ),
        (("claims", "--scale", "smoke", "--results", "nowhere"), "members.parquet: missing\n"),
        (
            ("claims", "--scale", "smoke", "--config", f"./../{ROOT.name}/config.yaml", "--results", "no/results"),
            "members.parquet: missing\n",
        ),
        (("companion", "incidental-xyz"), "incidental-xyz: unknown; nearest: incidental-"),
        (("companion", "xyz"), "xyz: unknown; `monosemanticity runs` lists all"),
        (("claim", "bands", "--scale", "smoke"), "bands: no claim; they are "),
        (("runs", "--scale", "huge"), "huge is not one of"),
        (("runs", "--config", "nowhere.yaml"), "nowhere.yaml"),
        (("figure", "fig99", "--scale", "smoke"), "fig99: unknown; nearest: fig"),
        (("figure", "fig03", "--scale", "smoke", "--results", "nowhere"), "tables/LR1/models.parquet: missing"),
        (("measure", "nowhere"), "nowhere/run.json: missing"),
        (("tables", "LR1", "LR3"), "tables: those of some runs go to a folder of their own: add --out my_tables"),
        (("tables", "LR9", "--out", "x"), "LR9: unknown; nearest: LR"),
        (
            ("tables", "--done", "--out", "x", "--results", "nowhere"),
            "tables: none of the runs is trained and measured",
        ),
        (
            ("figure", "fig03", "--planned", "nowhere.json", "--stamp", "0"),
            "nowhere.json: no plan: ",
        ),
        (("why", "fig03", "fig99"), "lists all"),
        (
            ("why", "fig04", "--scale", "paper", "--override", UNDRAWABLE),
            "figure fig04 is left out: batches.LR1.learning_rate: [0.5] lacks ",
        ),
        (
            ("figure", "fig04", "--scale", "paper", "--override", UNDRAWABLE),
            "figure fig04 is left out: batches.LR1.learning_rate: [0.5] lacks ",
        ),
        (("why", "foo"), "foo: unknown; `monosemanticity targets` lists all"),
        (("why", "--change", "no-such-revision"), "no such revision"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, *arguments)
    assert exit_.value.code == 1
    assert message in capsys.readouterr().err


def test_what_can_be_asked_for_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    own = json.dumps({"batches": {"mine": {"k": 16}, "wide": {"activation": ["relu", "gelu"], "k": ["N", "2 N"]}}})
    run(monkeypatch, "targets", "--scale", "paper", "--override", own)
    listed = capsys.readouterr().out.splitlines()
    assert "  fig03      Learning rate, zero initial mean bias" in listed
    assert "  LR1        learning_rate 0.001 to 0.03 (6)" in listed
    assert "  mine       nothing: one setting, and no sweep to draw" in listed
    assert "  wide       activation relu, gelu; k 512, 1024" in listed
    assert [line.split()[0] for line in listed[-4:]] == ["tables", "claims", "companion_claims", "report"]
    assert "  collisions      m 256 to 4096 (16)" in listed
    assert "  superposition1  Neurons that store features (regimes)" in listed
    assert max(map(len, listed)) <= 120


@pytest.mark.parametrize("option", ["--threads", "--jobs-per-gpu"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "all", ""])
def test_a_number_of_threads_or_jobs_is_at_least_one(
    option: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, "train", "--batch", "LR3", "--out", "x", f"{option}={value}")
    assert exit_.value.code == 2
    assert f"argument {option}: {value}: not a number of at least 1" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "1.5", "x", str(2**63)])
def test_a_seed_is_a_whole_number_in_its_range(
    seed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(monkeypatch, "train", "--batch", "LR3", "--out", "x", f"--seed={seed}")
    assert exit_.value.code == 2
    assert f"argument --seed: {seed}: not a whole number from 0 to 2^63 - 1" in capsys.readouterr().err


def test_a_proportion_that_a_scale_changes_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = json.dumps({"batches": {"mine": {"d": 128}}})
    run(monkeypatch, "runs", "--scale", "smoke", "--override", own, "--results", str(tmp_path))
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "batches.mine: d = 128 is N/4 in the table and N/2 at scale smoke; write d: N/4 to keep the ratio"


def test_runs_are_listed_with_their_settings_in_the_terms_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(monkeypatch, "runs", "--scale", "preview", "--results", str(tmp_path))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "LR3 learning_rate=0.007" in line]
    assert "LR3 learning_rate=0.007, K1 k=1024" in line
    assert "-lr0.014-" in line.split()[-1]


def test_a_run_by_hand_says_what_its_scale_makes_of_what_was_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = ("--set", "k=N", "--set", "learning_rate=0.007", "--scale", "smoke")
    run(monkeypatch, "train", "--batch", "LR3", *asked, "--out", str(tmp_path))
    assert caplog.messages[0] == "k: 512 in the table, 32 at scale smoke"
    assert not any("learning_rate" in message for message in caplog.messages)


def test_runs_are_listed_with_their_state_and_cost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def states() -> dict[str, str]:
        run(monkeypatch, "runs", "--scale", "smoke", "--results", str(tmp_path))
        lines = capsys.readouterr().out.splitlines()
        totals.append(lines[-1])
        return {found[0]: line[:8].strip() for line in lines if (found := RUN_ID.search(line))}

    totals: list[str] = []
    to_do = states()
    assert set(to_do.values()) == {"to do"}
    assert totals[-1].startswith(f"0 of {len(to_do)} runs done; the others take ")
    assert "assuming 40 Gflop/s of a core" in totals[-1]

    first, second, third, fourth = list(to_do)[:4]
    for run_id in (first, second, third):
        spec = make_plan(read_config(ROOT / "config.yaml", {"scale": "smoke"})).runs[run_id]
        train(spec, tmp_path / "smoke/runs" / run_id)
    (tmp_path / "smoke/runs" / second / "trace.parquet").unlink()
    record = tmp_path / "smoke/runs" / third / "run.json"
    record.write_text(record.read_text().replace('"code": "', '"code": "0'))
    (tmp_path / "smoke/runs" / fourth / "resume").mkdir(parents=True)
    (tmp_path / "smoke/runs" / fourth / "resume/state.safetensors").touch()
    assert states() == to_do | {first: "done", second: "damaged", third: "stale", fourth: "stopped"}
    assert totals[-1].startswith(f"1 of {len(to_do)} runs done; ")
    assert "by 3 finished runs of this machine" in totals[-1]


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
