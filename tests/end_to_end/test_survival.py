"""The workflow is killed, interrupted, started twice, given runs that fail: nothing is lost, nothing bad is kept."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.files import files_of
from helpers.project import run_in, snakemake
from helpers.workflow import begin, wait_for
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results import run_record


def start(project: Path, *targets: str) -> subprocess.Popen[str]:
    return begin(project, "--cores", "2", "--config", "scale=smoke", "--", *targets)


def folder_of(project: Path, spec: RunSpec) -> Path:
    return project / "results/smoke/runs" / spec.run_id


def under_way(project: Path, specs: list[RunSpec]) -> list[RunSpec]:
    """The runs that have come far enough to have something to lose."""
    return [
        spec for spec in specs if (folder_of(project, spec) / "resume/checkpoints/step-00000512.safetensors").exists()
    ]


def start_both(project: Path, specs: list[RunSpec]) -> subprocess.Popen:
    """Snakemake, once its two runs have something to lose."""
    process = start(project, "long_trace")
    wait_for(lambda: len(under_way(project, specs)) == 2, process)
    return process


def assert_ends_as(undisturbed: Callable, project: Path, specs: list[RunSpec]) -> None:
    """The next snakemake draws the figure, from runs of the bytes that nobody disturbed."""
    done = snakemake(project, "long_trace")
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    assert (project / "results/smoke/figures/long_trace.png").exists()
    for spec in specs:
        assert files_of(folder_of(project, spec)) == undisturbed(spec)


def resumed(project: Path, specs: list[RunSpec]) -> list[RunSpec]:
    return [spec for spec in specs if len(run_record.read_record(folder_of(project, spec), spec).segments) > 1]


def test_ctrl_c_saves_every_run_and_the_same_command_goes_on(
    project: Path, long: list[RunSpec], undisturbed: Callable
) -> None:
    process = start_both(project, long)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode != 0
    stopped = [spec for spec in long if (folder_of(project, spec) / "resume/state.safetensors").exists()]
    assert len(stopped) == 2
    assert_ends_as(undisturbed, project, long)
    assert resumed(project, long) == stopped


def test_when_snakemake_and_its_jobs_are_killed_the_next_one_goes_on(
    project: Path, long: list[RunSpec], undisturbed: Callable
) -> None:
    process = start_both(project, long)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    locked = snakemake(project, "long_trace")
    assert locked.returncode != 0
    assert "--unlock" in locked.stdout + locked.stderr
    assert snakemake(project, "--unlock").returncode == 0
    assert_ends_as(undisturbed, project, long)


def test_when_snakemake_alone_is_killed_no_run_is_trained_twice_at_once(
    project: Path, long: list[RunSpec], undisturbed: Callable
) -> None:
    process = start_both(project, long)
    process.kill()
    process.wait()
    os.killpg(process.pid, signal.SIGSTOP)  # its jobs live on, and have no more time than we give them
    assert snakemake(project, "--unlock").returncode == 0
    second = start(project, "long_trace")
    logs = [project / f"results/smoke/logs/train/{spec.run_id}.log" for spec in long]
    awaited = "waiting for another process that trains this run"
    wait_for(lambda: all(log.exists() and awaited in log.read_text() for log in logs), second)
    os.killpg(process.pid, signal.SIGCONT)
    output = second.communicate(timeout=900)[0]
    assert second.returncode == 0, output[-5000:]
    assert all("is there already" in log.read_text() for log in logs)
    assert_ends_as(undisturbed, project, long)


def test_a_second_snakemake_says_so_and_leaves_the_first_alone(project: Path, long: list[RunSpec]) -> None:
    first = start_both(project, long)
    second = snakemake(project, "long_trace")
    assert second.returncode != 0
    assert "Directory cannot be locked" in second.stdout + second.stderr
    output = first.communicate(timeout=900)[0]
    assert first.returncode == 0, output[-5000:]
    assert resumed(project, long) == []


def test_runs_that_fail_do_not_stop_the_others_and_are_listed_with_their_logs(project: Path) -> None:
    bad = "\n  bad:\n    learning_rate: [0.003, 1e30]\n    bias_offset: [0, 1]\n\nscales:\n"
    config = project / "config.yaml"
    config.write_text(config.read_text().replace("\nscales:\n", bad))
    failed = snakemake(project, "bad_trace")
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "Trying to restart job" not in output
    states = run_in(project, "monosemanticity", "runs", "--scale", "smoke").stdout
    assert states.count("diverged ") == 2
    assert "2 diverged; the others take" in states.splitlines()[-1]
    runs = {path.name for path in (project / "results/smoke/runs").iterdir() if (path / "run.json").exists()}
    assert len(runs) == 2
    summary = output[output.index("2 jobs failed") :]
    logs = re.findall(r"results/smoke/logs/train/\S+\.log", summary)
    assert len(set(logs)) == 2
    for log in logs:
        text = (project / log).read_text()
        assert re.search(
            r"diverged by step \d+: the loss is \S+, the largest weight \S+; lower learning_rate: 1e\+[23]0", text
        )
        assert "Traceback" not in text
    (advised,) = re.findall(r"page of what is there, figures and claims: (.*)", output)
    page = run_in(project, *shlex.split(advised))
    assert page.returncode == 0, page.stderr
    assert re.search(r"what claims ask of .*LR1", page.stderr)
    assert (project / "results/smoke/report.html").exists()
    again = snakemake(project, "bad_trace")
    assert again.returncode != 0
    for log in logs:
        first, second = (project / log).read_text().split(" begun\n")[1:]
        assert "step " in first
        assert "not trained again: to do so all the same, rm " in second


def test_a_run_that_is_killed_alone_is_tried_again(project: Path, long: list[RunSpec], undisturbed: Callable) -> None:
    process = start_both(project, long)
    the_run = f'^[^ ]*python[^ ]* [^ ]*monosemanticity train .*"bias_offset":{long[0].bias_offset}'  # not its shell
    assert subprocess.run(["pkill", "-KILL", "-g", str(process.pid), "-f", the_run]).returncode == 0
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output[-5000:]
    tries = [(project / f"results/smoke/logs/train/{spec.run_id}.log").read_text().count(" begun\n") for spec in long]
    assert tries == [2, 1]
    for spec in long:
        assert files_of(folder_of(project, spec)) == undisturbed(spec)


@pytest.mark.parametrize("name", ["../escape", "a b", "$(touch x)", "a;b", "a/b", "", "-rf", "x" * 60])
def test_names_that_leave_the_folder_or_a_shell_are_refused(project: Path, name: str) -> None:
    config = project / "config.yaml"
    text = config.read_text()
    batch = f'\n  "{name}":\n    epsilon: [1/64]\n\nscales:\n'
    scale = f'\nscales:\n  "{name}": {{batch_size: 1}}\n'
    for replacement in (batch, scale):
        config.write_text(text.replace("\nscales:\n", replacement))
        refused = run_in(project, "monosemanticity", "runs")
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        assert refused.stderr.startswith("monosemanticity: config.yaml: ")
