"""What the tests of whole workflows share: a copy of the project, and one whose smoke workflow is done."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from helpers.files import files_of
from helpers.project import copy_of_the_project
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.measures.measuring import measure_run
from monosemanticity.training.train import train

FIGURE = re.compile(r"fig\w+|(incidental|superposition)\d+")
LONG = """
  long:
    bias_offset: [-1, 1]
    steps: 2^25 # 2^14 at scale smoke

scales:
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_of_the_project(tmp_path / "project")


@pytest.fixture
def long(project: Path) -> list[RunSpec]:
    """Two runs of some ten seconds, in a batch of their own."""
    config = project / "config.yaml"
    config.write_text(config.read_text().replace("\nscales:\n", LONG))
    plan = make_plan(read_config(config, {"scale": "smoke"}))
    return [member.spec for member in plan.batches["long"].members]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[RunSpec], dict[str, bytes]]:
    """The files of a run that nobody disturbs, trained and measured once."""
    folder = tmp_path_factory.mktemp("undisturbed")

    @cache
    def files(spec: RunSpec) -> dict[str, bytes]:
        train(spec, folder / spec.run_id)
        measure_run(spec, folder / spec.run_id)
        return files_of(folder / spec.run_id)

    return files


@pytest.fixture
def what_was_touched(
    record_property: Callable[[str, object], None],
) -> Callable[[str, dict[str, int], dict[str, int]], None]:
    """Keep, for the table that is printed at the end, a change with the jobs that it should and does touch."""
    return lambda change, wanted, listed: record_property("touched", [change, wanted, listed])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each change touched."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    rows = [
        row for report in reports if report.when == "call" for name, row in report.user_properties if name == "touched"
    ]
    if rows:
        terminalreporter.section("what a change does again")
        for change, wanted, listed in rows:
            agreed = "as wanted" if wanted == listed else f"WANTED {in_words(wanted)}"
            terminalreporter.line(f"{change:48} {in_words(listed):56} {agreed}")


def in_words(jobs: dict[str, int]) -> str:
    """Jobs by rule in a line; figures by their number."""
    figures = sum(bool(FIGURE.fullmatch(name)) for name in jobs)
    others = [f"{count} {rule}" for rule, count in jobs.items() if not FIGURE.fullmatch(rule)]
    return ", ".join([*others, *([f"{figures} figures"] if figures else [])]) or "nothing"
