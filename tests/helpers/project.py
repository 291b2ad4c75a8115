"""A copy of the project, and its programs run in it as a user would."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "Makefile", "README.md", "LICENSE", "pyproject.toml")
FOLDERS = ("workflow", "profiles", "slurm", "envs", "src")


def copied(source: Path, target: Path) -> Path:
    """A copy of a folder in which other processes may work: without the files that they are about to rename.

    What is compiled of the code is copied with it: it is compiled anew where its file's time is another.
    """
    others = shutil.ignore_patterns("*.pyc.*", "*.nb?.tmp.*", "*.partial", "tmp*", "*.egg-info", "digests.*-*")
    return shutil.copytree(source, target, symlinks=True, ignore=others)


def copy_of_the_project(folder: Path) -> Path:
    """A working copy without results, as a fresh clone is."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        shutil.copy2(ROOT / part, folder / part)
    for part in FOLDERS:
        copied(ROOT / part, folder / part)
    return folder


def make_repository(folder: Path) -> None:
    """A git repository of the project's files, as a clone is one."""
    for command in (
        ["init", "-q"],
        ["add", "src"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def run_in(
    folder: Path, program: str, *arguments: str, within: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the environment's programs as a user would, and give back what it printed.

    `within` is a command that runs another one; the variables go over those of a user's shell.
    """
    return subprocess.run(
        [*within, str(Path(sys.executable).parent / program), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1500,
        env=environment(folder) | variables,
    )


def environment(folder: Path) -> dict[str, str]:
    """A user's shell in which the copy's own code is the package."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(folder / "src"),
    }


def snakemake(
    folder: Path, *arguments: str, settings: tuple[str, ...] = (), within: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run snakemake at smoke scale."""
    asked = ("--cores", "all", *arguments, "--config", "scale=smoke", *settings)
    return run_in(folder, "snakemake", *asked, within=within, **variables)


def planned_jobs(dry_run: str) -> dict[str, int]:
    """Jobs by rule, from the table that a dry run prints."""
    table = dry_run.split("Job stats:")[1].split("total")[0]
    rows = [line.split() for line in table.splitlines()[3:] if line.strip()]
    return {rule: int(count) for rule, count in rows}
