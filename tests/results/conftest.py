"""A small run with results of every kind, whole, and copies of them to damage."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from monosemanticity.claims import report
from monosemanticity.claims.decisions import decisions
from monosemanticity.claims.runs import Runs
from monosemanticity.experiment.plan import Member, Plan, PlannedBatch
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures.draw import draw
from monosemanticity.identity import stages
from monosemanticity.measures.measuring import measure_run
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.training.train import train


@pytest.fixture(scope="session")
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec()


@pytest.fixture(scope="session")
def plan(spec: RunSpec) -> Plan:
    """A batch of this run alone."""
    member = Member(setting={"k": spec.k}, comparison=False, spec=spec)
    return Plan(scale="smoke", note="", batches={"X": PlannedBatch(swept=["k"], members=[member])})


@pytest.fixture(scope="session")
def good(spec: RunSpec, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Results of every kind, as their jobs write them. Read only."""
    results = Paths(tmp_path_factory.mktemp("good"), "smoke")
    train(spec, results.run(spec.run_id))
    measure_run(spec, results.run(spec.run_id))
    tables.write(plan, results, results.tables())
    tables.write(plan.only(["X"]), results, results.tables("X"))
    draw("X_bias", plan, results)
    report.write(decisions(Runs.of_plan(plan, results)), results.claims("parquet"), stages.of_claims(plan))
    return results


@pytest.fixture
def results(good: Paths, tmp_path: Path) -> Paths:
    """A copy of them to damage."""
    return Paths(shutil.copytree(good.results, tmp_path / "results"), "smoke")
