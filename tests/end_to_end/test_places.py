"""Folders that cannot be written or have no locks, odd names, another umask: it works, or is said before it starts."""

import errno
import subprocess
from pathlib import Path

from helpers.files import files_of, half
from helpers.places import need_namespaces, patched, read_only
from helpers.project import copied, copy_of_the_project, run_in, snakemake

FIGURE = Path("results/smoke/figures/fig02.png")
NO_LOCKS = """
import fcntl
import os


def flock(descriptor, operation):
    raise OSError({number}, os.strerror({number}))


fcntl.flock = flock
"""

SAID = (
    ": cannot be written and locked: {}; results and TMPDIR must lie on file systems that can be written and have locks"
)


def assert_made(project: Path, smoke: Path, **place: object) -> None:
    """A figure is made, of the bytes that it has anywhere else, and then there is nothing to do."""
    done = snakemake(project, "fig02", **place)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    assert (project / FIGURE).read_bytes() == (smoke / FIGURE).read_bytes()
    again = snakemake(project, "fig02", **place)
    assert "Nothing to be done" in again.stdout + again.stderr


def assert_names_the_folder(refused: subprocess.CompletedProcess[str]) -> None:
    output = refused.stdout + refused.stderr
    assert refused.returncode != 0
    (line,) = [line for line in output.splitlines() if "Read-only file system" in line]
    assert "results/smoke/" in line
    assert "cannot be written: " in line
    assert "; choose a folder that can be written, then start again" in line
    assert "Traceback" not in output
    assert "src/monosemanticity" not in output


def test_results_that_cannot_be_written_can_be_read(smoke: Path, tmp_path: Path) -> None:
    need_namespaces()
    project = copied(smoke, tmp_path / "project")
    for command in ("runs", "why", "targets", "check"):
        read = run_in(project, "monosemanticity", command, "--scale", "smoke", within=read_only(Path("results")))
        assert read.returncode == 0, read.stderr
    read = snakemake(project, within=read_only(Path("results")))
    assert "Nothing to be done" in read.stdout + read.stderr


def test_nothing_starts_where_results_cannot_be_written(project: Path) -> None:
    need_namespaces()
    results = project / "results"
    results.mkdir()
    assert_names_the_folder(snakemake(project, "fig02", within=read_only(results)))
    assert list(results.iterdir()) == []


def test_nothing_is_made_again_where_results_cannot_be_written(smoke: Path, tmp_path: Path) -> None:
    need_namespaces()
    project = copied(smoke, tmp_path / "project")
    results = project / "results"
    half(next(results.glob("smoke/runs/*/trace.parquet")))
    before = files_of(results)
    assert_names_the_folder(snakemake(project, within=read_only(results)))
    check = ("check", "--remove", "--scale", "smoke")
    assert_names_the_folder(run_in(project, "monosemanticity", *check, within=read_only(results)))
    assert files_of(results) == before


def test_results_on_a_file_system_without_locks_are_refused_at_once(project: Path, tmp_path: Path) -> None:
    no_locks = patched(tmp_path / "none", project, NO_LOCKS.format(number=errno.ENOSYS))
    refused = snakemake(project, "fig02", **no_locks)
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].endswith(f"/.lock{SAID.format('Function not implemented')}")
    no_locks = patched(tmp_path / "others", project, NO_LOCKS.format(number=errno.ENOTSUP))
    by_hand = ("train", "--batch", "LR3", "--set", "learning_rate=0.007", "--scale", "smoke", "--out", "run")
    refused = run_in(project, "monosemanticity", *by_hand, **no_locks)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == f"monosemanticity: run/.lock{SAID.format('Operation not supported')}"


def test_a_home_folder_need_not_be_there(project: Path, smoke: Path) -> None:
    assert_made(project, smoke, HOME="/proc/none")  # where not even root can make one


def test_a_home_folder_need_not_be_writable(project: Path, smoke: Path, tmp_path: Path) -> None:
    need_namespaces()
    home = tmp_path / "home"
    home.mkdir()
    assert_made(project, smoke, HOME=str(home), within=read_only(home))
    assert list(home.iterdir()) == []


def test_the_path_of_a_project_may_have_spaces_quotes_and_umlauts(smoke: Path, tmp_path: Path) -> None:
    assert_made(copy_of_the_project(tmp_path / """Grüße, "Anna's" $HOME & Übung"""), smoke)


def test_files_are_made_with_what_umask_says(project: Path, smoke: Path) -> None:
    assert_made(project, smoke, within=("sh", "-c", 'umask 077; exec "$@"', "sh"))
    results = [project / "results", *(project / "results").rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in results if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in results if path.is_file()} == {0o600}


def test_results_may_be_a_link_to_a_folder_elsewhere(project: Path, smoke: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project / "results").symlink_to(elsewhere)
    assert_made(project, smoke)
    assert (project / "results").readlink() == elsewhere
    assert (elsewhere / FIGURE.relative_to("results")).is_file()
