from pathlib import Path

import pytest

from monosemanticity.workflow.failures import summary

ERROR = """
Finished jobid: 3 (Rule: fig01)
[Sat Nov 21 15:45:17 2026]
Error in rule train:
    message: None
    jobid: 7
    output: runs/{name}/run.json, runs/{name}/trace.parquet
    log: logs/{name}.log (check log file(s) for error details)
    shell:
        monosemanticity train --out runs/{name} 2> logs/{name}.log
        (command exited with non-zero exit code)
Trying to restart job 7.
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("logs").mkdir()


def test_each_job_is_listed_once_with_the_end_of_its_log():
    Path("logs/a.log").write_text("12:00:00 a: 100 steps\nmonosemanticity: a: diverged by step 3\n")
    log = ERROR.format(name="a") + ERROR.format(name="b") + ERROR.format(name="a")
    assert summary(log).splitlines() == [
        "2 jobs failed; the others went on:",
        "train: logs/a.log",
        "    monosemanticity: a: diverged by step 3",
        "train: logs/b.log",
        "    its log is empty: killed, or out of memory?",
    ]


def test_a_job_that_a_retry_has_mended_is_not_listed():
    Path("runs/a").mkdir(parents=True)
    for name in ("run.json", "trace.parquet"):
        Path("runs/a", name).touch()
    assert summary(ERROR.format(name="a")) == ""
    assert summary(ERROR.format(name="a") + ERROR.format(name="b")).startswith("1 job failed; ")


def test_a_log_without_errors_has_no_summary():
    assert summary("Building DAG of jobs...\n80 of 80 steps (100%) done\n") == ""
