"""Claims of results of which a batch is missing and another is damaged: the others are decided all the same."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from helpers.world import made, runs_of
from monosemanticity import cli
from monosemanticity.claims.claim import CLAIMS
from monosemanticity.claims.decisions import decisions
from monosemanticity.claims.runs import Runs
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.identity import stages
from monosemanticity.results.parquet import write_table
from monosemanticity.results.paths import MEMBERS, Paths

ROOT = Path(__file__).parents[2]
PLAN = make_plan(read_config(ROOT / "config.yaml", {"scale": "paper"}))
AFFECTED = {"band-d", "reproject", "decay-race", "onset", "second-kink"}
"""The claims that ask S1, RP1 and E3."""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Tables of which every claim holds, without S1, and with the models of RP1 and E3 cut short. Read only."""
    project = tmp_path_factory.mktemp("project")
    for part in ("config.yaml", "workflow"):
        (project / part).symlink_to(ROOT / part)
    paths = Paths(project / "results", PLAN.scale)
    tables = made(seeds=1)
    cut, of = runs_of(tables), {batch: stages.of_batch_tables(batch, PLAN) for batch in PLAN.batches}
    for batch in set(tables[MEMBERS]["batch"]) - {"S1"}:
        for name in tables:
            table = pa.Table.from_pandas(cut.table(batch, name), preserve_index=False)
            write_table(paths.table(name, batch), table, of[batch])
    for batch in ("RP1", "E3"):
        damaged = paths.table("models", batch)
        damaged.write_bytes(damaged.read_bytes()[:-9])
    return paths


def ask(monkeypatch: pytest.MonkeyPatch, paths: Paths, *arguments: str) -> None:
    """A command of the project in which these results lie."""
    monkeypatch.chdir(paths.results.parent)
    monkeypatch.setattr(sys, "argv", ["monosemanticity", *arguments, "--scale", PLAN.scale])
    cli.main()


def test_the_claims_that_do_not_ask_them_are_decided(paths):
    runs = Runs.of_plan(PLAN, paths)
    decided = {decision.claim.name: decision for decision in decisions(runs)}
    assert {name for name, decision in decided.items() if decision.verdict != "consistent"} == AFFECTED
    assert decided["band-d"].why_not == f"S1: {paths.table('members', 'S1')}: missing"
    assert decided["reproject"].why_not.startswith(f"RP1: {paths.table('models', 'RP1')}: damaged")
    assert runs.missing.keys() == {"S1", "RP1", "E3"}


def test_the_command_says_which_runs_are_to_be_made_and_keeps_nothing(paths, monkeypatch, capsys, caplog):
    ask(monkeypatch, paths, "claims")
    others, these = len(CLAIMS) - len(AFFECTED), len(AFFECTED)
    headline = f"{len(CLAIMS)} claims of 1 seed: {others} consistent, {these} not measurable here."
    assert capsys.readouterr().out.startswith(headline)
    assert "missing or damaged of S1 (3 to do), E3 (17 to do), RP1 (5 to do)" in caplog.text
    assert caplog.text.endswith("snakemake --cores all S1 E3 RP1 --config scale=paper\n")
    assert not paths.claims("parquet").exists()
    assert not paths.claims("md").exists()


def test_a_claim_that_asks_one_is_refused_with_the_file(paths, monkeypatch, capsys):
    with pytest.raises(SystemExit) as exit_:
        ask(monkeypatch, paths, "claim", "band-d")
    assert exit_.value.code == 1
    assert "results/paper/tables/S1/members.parquet: missing; make it again: " in capsys.readouterr().err


def test_a_claim_that_asks_neither_is_explained(paths, monkeypatch, capsys):
    ask(monkeypatch, paths, "claim", "band")
    assert capsys.readouterr().out.endswith("verdict: consistent\n")
