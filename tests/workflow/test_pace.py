import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.operations import operations
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results import run_record
from monosemanticity.results.paths import Paths
from monosemanticity.results.run_record import Record
from monosemanticity.training.train import train
from monosemanticity.workflow.jobs import Jobs
from monosemanticity.workflow.pace import ASSUMED, Pace, hours, total

CONFIG = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture
def results(tmp_path: Path) -> Paths:
    return Paths(tmp_path, "smoke")


@pytest.fixture
def runs(tiny_spec: Callable[..., RunSpec]) -> dict[str, RunSpec]:
    """Two runs, the second of twice the steps."""
    return {spec.run_id: spec for spec in (tiny_spec(steps=20), tiny_spec(steps=40))}


@pytest.fixture
def finish(results: Paths, record_of: Callable[..., Record]) -> Callable[..., None]:
    """Say that a run is finished."""

    def finish(spec: RunSpec, **instead: object) -> None:
        run_record.write_record(results.run(spec.run_id), record_of(spec, **instead))

    return finish


def test_a_machine_that_has_finished_nothing_is_assumed_to_be_of_some_pace(runs, results):
    pace = Pace.of_this_machine(runs, results)
    assert pace == (ASSUMED, 0)
    assert str(pace) == "assuming 40 Gflop/s of a core, as this machine has finished none"


def test_the_pace_is_that_of_all_finished_runs_together(runs, results, finish):
    short, long = runs.values()
    finish(short, cpu_seconds=1.0)
    finish(long, cpu_seconds=5.0)
    pace = Pace.of_this_machine(runs, results)
    assert pace.rate == pytest.approx((operations(short) + operations(long)) / 6)
    assert str(pace) == "by 2 finished runs of this machine"


def test_a_run_of_other_code_tells_the_pace_too(runs, results, finish):
    short, _ = runs.values()
    finish(short, code="of another day", cpu_seconds=2.0)
    assert Pace.of_this_machine(runs, results) == (operations(short) / 2, 1)


def test_runs_of_another_machine_tell_nothing_of_this_one(runs, results, finish):
    short, long = runs.values()
    finish(short, cpu_seconds=1.0)
    finish(long, cpu_seconds=1e-6, device="a graphics card")
    assert Pace.of_this_machine(runs, results) == (operations(short), 1)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", "[" * 100_000], ids=lambda content: content[:9])
def test_a_record_that_is_damaged_tells_nothing(runs, results, finish, content):
    short, long = runs.values()
    finish(short, cpu_seconds=1.0)
    finish(long, cpu_seconds=1.0)
    (results.run(long.run_id) / "run.json").write_text(content)
    assert Pace.of_this_machine(runs, results).runs == 1


def test_a_record_of_another_form_tells_nothing(runs, results, finish):
    short, _ = runs.values()
    finish(short)
    path = results.run(short.run_id) / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"more": 1}))
    assert Pace.of_this_machine(runs, results).runs == 0


def test_core_hours_are_operations_at_the_pace(runs):
    short, long = runs.values()
    assert Pace(rate=operations(short) / 3600, runs=1).core_hours([short, long]) == pytest.approx(3)
    assert Pace(rate=1.0, runs=1).core_hours([]) == 0


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (0.0512, "0.051"), (3.449, "3.4"), (12.6, "13"), (10324.2, "10,324")]
)
def test_core_hours_are_said_in_two_digits_or_to_the_point(number, said):
    assert hours(number) == said


def test_the_total_says_how_many_runs_are_done_and_what_the_others_take(results):
    plan = make_plan(read_config(CONFIG, {"scale": "smoke"}))
    done, *others = plan.runs.values()
    pace = Pace(rate=sum(map(operations, others)) / 3600 / 5, runs=0)
    jobs, said = Jobs(plan, results), f"of {len(plan.runs)} runs done; the others take 5 of 5 core-hours ({pace})"
    assert total(jobs, plan, pace) == f"0 {said}"
    train(done, results.run(done.run_id))
    assert total(Jobs(plan, results), plan, pace) == f"1 {said}"
