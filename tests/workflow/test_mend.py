"""The commands that errors advise (tests/end_to_end/test_mending.py runs them)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.project import ROOT, run_in
from monosemanticity.errors import ResultError
from monosemanticity.results import run_record
from monosemanticity.workflow import checking, mend


def test_settings_and_the_folder_are_those_of_the_workflow() -> None:
    assert mend.of_workflow({}) == "monosemanticity check --remove && snakemake --cores all"
    elsewhere = mend.of_workflow({"scale": "smoke", "seeds": [0, 1]}, Path("/a folder"))
    assert elsewhere == (
        """cd '/a folder' && monosemanticity check --remove --override '{"scale": "smoke", "seeds": [0, 1]}'"""
        """ && snakemake --cores all --config scale=smoke 'seeds=[0, 1]'"""
    )


def test_a_command_has_the_settings_of_the_workflow() -> None:
    assert mend.command("report", overrides={}) == "monosemanticity report"
    assert mend.command("report", overrides={"seeds": [0]}) == """monosemanticity report --override '{"seeds": [0]}'"""


def test_a_run_by_hand_is_trained_again_by_its_own_numbers(tmp_path: Path, tiny_spec, record_of: Callable) -> None:
    run_record.write_record(tmp_path, record_of(tiny_spec(k=11)))
    assert '"k":11' in mend.of_run(tmp_path)


def test_of_a_run_without_a_record_nothing_is_known(tmp_path: Path) -> None:
    assert mend.of_run(tmp_path) == ""


def test_the_mistyped_name_of_a_run_is_said_to_be_missing_and_nothing_is_advised(tmp_path: Path) -> None:
    said = run_in(tmp_path, "monosemanticity", "measure", "my_rn", PYTHONPATH=str(ROOT / "src"))
    assert said.returncode == 1
    assert said.stderr == "monosemanticity: my_rn/run.json: missing\n"


def test_nothing_is_removed_beside_a_workflow(tmp_path: Path) -> None:
    checking.refuse_beside_a_workflow(tmp_path)
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    checking.refuse_beside_a_workflow(tmp_path)
    (tmp_path / ".snakemake/locks/0.input.lock").write_text("")
    with pytest.raises(ResultError, match="a workflow works here"):
        checking.refuse_beside_a_workflow(tmp_path)
