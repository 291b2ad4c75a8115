"""Links and pipes in a folder of results."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monosemanticity.errors import ResultError
from monosemanticity.results import inside

PARTS = ("runs/a/checkpoints", "runs/a", "runs", "figures", "logs/train", "planned", "definitions", "")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """What lies outside the results."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for part in PARTS:
        (tmp_path / "results/smoke" / part).mkdir(parents=True, exist_ok=True)
    (tmp_path / "results/smoke/runs/a/run.json").write_text("{}")
    return tmp_path / "results"


def refused(results: Path, *parts: str) -> str:
    """Why results are refused; nothing where they are not."""
    try:
        inside.check(results, *(parts or ("smoke", "reference")))
    except ResultError as refusal:
        return str(refusal)
    return ""


def test_files_and_folders_are_what_results_are(results: Path) -> None:
    assert refused(results, "smoke", "reference") == ""


def test_results_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    assert refused(tmp_path / "results", "smoke") == ""


@pytest.mark.parametrize("part", PARTS)
def test_a_folder_that_is_a_link_out_of_the_results_is_refused_by_name(
    results: Path, elsewhere: Path, part: str
) -> None:
    link = results / "smoke" / part
    link.rename(results.parent / "moved")
    link.symlink_to(elsewhere)
    assert refused(results) == (
        f"{link}: a link that leads out, to {elsewhere}, and is not followed; put in its place what it leads to, or"
        f" remove it: only {results} itself may be a link"
    )


@pytest.mark.parametrize("name", ["runs/a/run.json", "logs/train/a.tries.log", "planned/outdated", "claims.md"])
@pytest.mark.parametrize("there", ["precious", "not there"])
def test_a_file_that_is_a_link_out_of_the_results_is_refused_by_name(
    results: Path, elsewhere: Path, name: str, there: str
) -> None:
    link = results / "smoke" / name
    link.unlink(missing_ok=True)
    link.symlink_to(elsewhere / there)
    assert refused(results).startswith(f"{link}: a link that leads out, to {elsewhere / there}, ")


def test_a_link_to_a_link_out_of_the_results_is_refused(results: Path, elsewhere: Path) -> None:
    (results / "paper").symlink_to(elsewhere)
    (results / "smoke/runs/b").symlink_to("../../paper")
    assert refused(results).startswith(f"{results}/smoke/runs/b: a link that leads out, ")


@pytest.mark.parametrize(
    "put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["a pipe", "a link to a device"]
)
def test_what_is_no_file_is_refused_by_name(results: Path, put: Callable[[Path], None]) -> None:
    put(results / "smoke/logs/train/a.tries.log")
    assert refused(results).startswith(f"{results}/smoke/logs/train/a.tries.log: a ")


def test_the_results_may_be_a_link_themselves(results: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(results)
    assert refused(tmp_path / "link", "smoke") == ""


@pytest.mark.parametrize("target", ["runs/a", "itself", "."])
def test_links_within_the_results_are_left_alone_round_and_round(results: Path, target: str) -> None:
    (results / "smoke/itself").symlink_to(target)
    assert refused(results, "smoke") == ""


def test_links_of_another_scale_are_no_matter(results: Path, elsewhere: Path) -> None:
    (results / "paper").symlink_to(elsewhere)
    assert refused(results, "smoke") == ""
