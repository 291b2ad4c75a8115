"""The clock is set back between two parts of a workflow, or in the middle of a run: nothing more is made for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers.files import files_of, half
from helpers.places import patched
from helpers.project import copied, environment, planned_jobs, run_in, snakemake
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.results import run_record
from monosemanticity.training.train import train

DAY = 24 * 3600 * 10**9
BACKWARDS = """
import time

real, start = time.time_ns, time.time_ns()
time.time_ns = lambda: 2 * start - real()
time.time = lambda: time.time_ns() / 1e9
"""
ONE_RUN = ("--batch", "LR3", "--set", "learning_rate=0.007", "--set", "steps=2^23", "--scale", "smoke", "--out", "run")
"""Of 2^12 steps, some seconds."""


def set_ahead(folder: Path) -> None:
    """Date every file a day ahead: as they are found after the clock was set back by one."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + DAY))


def test_results_of_the_future_are_made_again_where_others_would_be_and_only_once(smoke: Path, tmp_path: Path) -> None:
    project = copied(smoke, tmp_path / "project")
    results = project / "results/smoke"
    run, *_ = make_plan(read_config(project / "config.yaml", {"scale": "smoke"})).batches["RP1"].members
    half(results / "runs" / run.spec.run_id / "trace.parquet")
    figures = project / "workflow/figures.yaml"
    title = "title: Biases, zero initial mean bias\n"
    assert figures.read_text().count(title) == 1
    figures.write_text(figures.read_text().replace(title, "title: Biases again\n"))
    wanted = planned_jobs(snakemake(project, "--dry-run").stdout)
    assert {"train": 1, "fig05": 1}.items() <= wanted.items()
    set_ahead(results)
    done = snakemake(project)
    assert done.returncode == 0, done.stderr[-5000:]
    assert planned_jobs(done.stderr) == wanted
    again = snakemake(project)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_a_run_whose_clock_runs_backwards_is_saved_and_resumed_to_the_same_bytes(project: Path, tmp_path: Path) -> None:
    backwards = patched(tmp_path / "clock", project, BACKWARDS)
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "monosemanticity"), "train", *ONE_RUN],
        cwd=project,
        env=environment(project) | backwards,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (project / "run/resume/checkpoints/step-00000256.safetensors").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert "the same command resumes from there" in process.communicate()[1]
    set_ahead(project / "run")
    resumed = run_in(project, "monosemanticity", "train", *ONE_RUN, **backwards)
    assert resumed.returncode == 0, resumed.stderr
    record = run_record.read_any(project / "run")
    assert len(record.segments) == 2
    assert all(segment.seconds > 0 and segment.cpu_seconds > 0 for segment in record.segments)
    train(record.spec, tmp_path / "undisturbed")
    assert files_of(project / "run") == files_of(tmp_path / "undisturbed")
