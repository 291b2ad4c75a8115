import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "Makefile", "README.md", "pyproject.toml")
FOLDERS = ("workflow", "profiles", "slurm", "envs", "src")


def copy_of_the_project(folder: Path) -> Path:
    """A working copy without results, as a fresh clone is."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        shutil.copy2(ROOT / part, folder / part)
    for part in FOLDERS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_of_the_project(tmp_path / "project")


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The whole workflow done once at smoke scale, for all processes of the tests: read only, to be copied."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    folder = shared / "smoke"
    with FileLock(shared / "smoke.lock"):
        if not folder.exists():
            project = copy_of_the_project(shared / "smoke-at-work")
            done = snakemake(project)
            assert done.returncode == 0, done.stderr[-5000:]
            project.rename(folder)
    return folder


def make_repository(folder: Path) -> None:
    """A git repository of the project's files, as a clone is one."""
    for command in (
        ["init", "-q"],
        ["add", "src"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def run_in(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the environment's programs as a user would, and give back what it printed."""
    return subprocess.run(
        [str(Path(sys.executable).parent / program), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1800,
        env=environment(folder),
    )


def environment(folder: Path) -> dict[str, str]:
    """A user's shell in which the copy's own code is the package."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(folder / "src"),
    }


def snakemake(folder: Path, *arguments: str, settings: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run snakemake at smoke scale."""
    return run_in(folder, "snakemake", "--cores", "all", *arguments, "--config", "scale=smoke", *settings)


def planned_jobs(dry_run: str) -> dict[str, int]:
    """Jobs by rule, from the table that a dry run prints."""
    table = dry_run.split("Job stats:")[1].split("total")[0]
    rows = [line.split() for line in table.splitlines()[3:] if line.strip()]
    return {rule: int(count) for rule, count in rows}


@pytest.fixture
def what_was_touched(
    record_property: Callable[[str, object], None],
) -> Callable[[str, dict[str, int], dict[str, int]], None]:
    """Keep, for the table that is printed at the end, a change with the jobs that it should and does touch."""
    return lambda change, wanted, listed: record_property("touched", [change, wanted, listed])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each change touched."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    rows = [row for report in reports if report.when == "call" for name, row in report.user_properties]
    if rows:
        terminalreporter.section("what a change does again")
        for change, wanted, listed in rows:
            agreed = "as wanted" if wanted == listed else f"WANTED {in_words(wanted)}"
            terminalreporter.line(f"{change:48} {in_words(listed):56} {agreed}")


def in_words(jobs: dict[str, int]) -> str:
    """Jobs by rule in a line; figures by their number."""
    figures = sum(name.startswith("fig") for name in jobs)
    others = [f"{count} {rule}" for rule, count in jobs.items() if not rule.startswith("fig")]
    return ", ".join([*others, *([f"{figures} figures"] if figures else [])]) or "nothing"
