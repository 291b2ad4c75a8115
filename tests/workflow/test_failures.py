import logging
from pathlib import Path

import pytest

from monosemanticity.workflow.failures import summary


def error(name: str) -> logging.LogRecord:
    """What Snakemake says of a job that has failed."""
    said = {
        "rule_name": "train",
        "input": [f"inputs/{name}"],
        "output": [f"runs/{name}/run.json", f"runs/{name}/trace.parquet"],
        "log": [f"logs/{name}.log"],
    }
    return logging.makeLogRecord(said)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("logs", "inputs"):
        Path(folder).mkdir()
    for name in ("a", "b"):
        Path("inputs", name).touch()


def test_each_job_is_listed_once_with_the_end_of_its_log():
    Path("logs/a.log").write_text("12:00:00 a: 100 steps\nmonosemanticity: a: diverged by step 3\n")
    assert summary([error("a"), error("b"), error("a")]).splitlines() == [
        "2 jobs failed; the others went on:",
        "train: logs/a.log",
        "    monosemanticity: a: diverged by step 3",
        "train: logs/b.log",
        "    its log says nothing: killed, or out of memory?",
    ]


def test_a_job_that_a_retry_has_mended_is_not_listed():
    Path("runs/a").mkdir(parents=True)
    for name in ("run.json", "trace.parquet"):
        Path("runs/a", name).touch()
    assert summary([error("a")]) == ""
    assert summary([error("a"), error("b")]).startswith("1 job failed; ")


def test_a_job_of_a_failed_submission_that_never_began_is_not_listed():
    assert summary([error("c")]) == ""


def test_without_errors_there_is_no_summary():
    assert summary([]) == ""
