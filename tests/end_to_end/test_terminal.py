"""What a user sees on a terminal, in place of the text that goes to a pipe."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from helpers.project import environment, snakemake

BAD = "\n  bad:\n    learning_rate: [0.003, 1e30]\n\nscales:\n"


def on_a_terminal(project: Path, *arguments: str) -> str:
    """What snakemake writes to it, without its colours and movements."""
    reading, terminal = pty.openpty()
    command = [str(Path(sys.executable).parent / "snakemake"), "--cores", "2", "--config", "scale=smoke", *arguments]
    env = environment(project) | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, cwd=project, env=env, stdout=subprocess.DEVNULL, stderr=terminal):
        os.close(terminal)
        written = b""
        try:
            while piece := os.read(reading, 4096):
                written += piece
        except OSError:  # how Linux says that nobody has it open any more
            os.close(reading)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode())


def with_a_run_that_diverges(project: Path) -> None:
    config = project / "config.yaml"
    config.write_text(config.read_text().replace("\nscales:\n", BAD))


def test_bars_say_how_far_it_is_and_stand_below_what_went_wrong(project: Path) -> None:
    with_a_run_that_diverges(project)
    shown = on_a_terminal(project, "--retries", "0", "--", "bad_trace")
    assert re.search(r"all jobs +━+ 0/6 less than a minute left", shown)
    assert re.findall(r"training +━\S* (\d/\d)", shown)[-1] == "1/2"
    assert re.findall(r"measuring +━\S* (\d/\d)", shown)[-1] == "1/2"
    assert "Error in rule train:" in shown
    assert "is not there" not in shown  # as each job's own text says
    *_, bars, failed, _ = re.split(r"(?=all jobs )|(?=1 job failed; the others went on:)|\Z", shown)
    assert re.match(r"all jobs +━\S* +2/6 +\r\n", bars)
    assert "diverged by step 2: " in failed


def test_what_is_asked_for_in_full_stays_text(project: Path) -> None:
    assert "━" not in on_a_terminal(project, "--dry-run", "--", "LR1_trace")


def test_what_failed_is_told_where_all_else_is_not(project: Path) -> None:
    with_a_run_that_diverges(project)
    quiet = snakemake(project, "bad_trace", "--retries", "0", "--quiet", "rules")
    assert quiet.returncode != 0
    assert "1 job failed; the others went on:" in quiet.stderr
    assert "diverged by step 2: " in quiet.stderr
    assert "Error in rule train:" not in quiet.stderr
