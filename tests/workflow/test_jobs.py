"""What is to be done and why, read off results. Runs are said to be trained, without files of their own."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.measures import measure, measured
from monosemanticity.results import parquet, run_record
from monosemanticity.results.paths import Paths, checkpoint_path
from monosemanticity.results.run_record import Record
from monosemanticity.workflow import definitions, jobs
from monosemanticity.workflow.jobs import CLAIMS, COMPANION_CLAIMS, REPORT, SECOND, TABLES, Jobs, Verdict

CONFIG = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(read_config(CONFIG, {"scale": "smoke"}))


@pytest.fixture(scope="module")
def spec(plan: Plan) -> RunSpec:
    return next(iter(plan.runs.values()))


@pytest.fixture
def results(tmp_path: Path) -> Paths:
    return Paths(tmp_path, "smoke")


@pytest.fixture
def run(results: Paths, spec: RunSpec) -> Path:
    return results.run(spec.run_id)


@pytest.fixture
def train(run: Path, spec: RunSpec, record_of: Callable[..., Record]) -> Callable[..., None]:
    """Say that the run is trained, with a byte for each of its files."""

    def say(**instead: Any) -> None:
        files = ["trace.parquet", *(str(checkpoint_path(Path(), step)) for step in spec.checkpoint_steps)]
        for file in files:
            (run / file).parent.mkdir(parents=True, exist_ok=True)
            (run / file).write_text("x")
        run_record.write_record(run, record_of(spec, **{"files": dict.fromkeys(files, 1)} | instead))

    return say


@pytest.fixture
def judge(plan: Plan, results: Paths, spec: RunSpec) -> Callable[[], Verdict]:
    """What is to be said of its training now."""
    return lambda: Jobs(plan, results).verdict(jobs.train(spec.run_id))


def write_measures(run: Path, spec: RunSpec) -> None:
    columns = {"step": [1], **{name: [0] for name in measure.OF_A_MODEL}}
    run.mkdir(parents=True, exist_ok=True)
    for name in ("neurons.parquet", "features.parquet"):
        (run / name).write_text("x")
    beside = [run / "neurons.parquet", run / "features.parquet"]
    parquet.write_columns(run / "measures.parquet", columns, measured.MEASURES, stages.of_measuring(spec), beside)


def test_what_is_not_there_is_to_be_done(judge):
    assert judge() == ("to do", ("run.json is not there",))


def test_a_run_that_was_stopped_is_to_go_on(run, judge):
    (run / "resume").mkdir(parents=True)
    (run / "resume/state.safetensors").touch()
    assert judge().state == "stopped"


def test_what_is_whole_and_of_this_code_is_done(train, judge):
    train()
    assert judge() == ("done", ())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 1}'])
def test_what_cannot_be_read_is_damaged(run, train, judge, content):
    train()
    (run / "run.json").write_text(content)
    state, (reason,) = judge()
    assert state == "damaged"
    assert reason.startswith("run.json: damaged: ")
    assert "make it again" not in reason


def test_what_has_lost_a_file_is_damaged(run, train, judge):
    train()
    (run / "trace.parquet").unlink()
    assert judge() == ("damaged", ("trace.parquet: missing",))
    (run / "trace.parquet").write_text("four")
    assert judge() == ("damaged", ("trace.parquet: damaged: 4 bytes, 1 were written",))
    (run / "trace.parquet").write_text("x")
    assert judge().state == "done"


def test_what_goes_with_other_files_than_are_wanted_is_stale(train, judge):
    train(files={"trace.parquet": 1})
    assert judge() == ("stale", ("run.json: lists other files than are wanted now",))


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        ({"schema_version": 2}, "written in another form, by another version"),
        ({"digest": "0" * 64}, "what is asked for has changed"),
        ({"code": "0" * 16}, "made by other code, whose definitions are not kept"),
        ({"code": "../../nowhere"}, "made by other code, whose definitions are not kept"),
    ],
)
def test_what_is_of_something_else_is_stale_and_says_why(run, train, judge, instead, reason):
    train(**instead)
    state, (said,) = judge()
    assert state == "stale"
    assert said.startswith(f"run.json: {reason}")


def test_a_record_of_an_earlier_form_is_stale_and_says_why(run, train, judge):
    train()
    said = json.loads((run / "run.json").read_text()) | {"schema_version": 3, "seconds": 2.5, "resumed_at": []}
    said |= said.pop("segments")[0]
    (run / "run.json").write_text(json.dumps(said))
    assert judge() == ("stale", ("run.json: written in another form, by another version",))


def test_a_record_of_a_later_form_is_stale_and_says_why(run, train, judge):
    train()
    (run / "run.json").write_text(json.dumps({"schema_version": 5, "of": {"unknown": 1}}))
    assert judge() == ("stale", ("run.json: written in another form, by another version",))


def test_what_was_made_by_other_code_names_what_has_changed_and_how_it_is_reached(results, spec, train, judge):
    now = stages.code_of_training(spec).definitions
    then: dict[str, Any] = now | {"training.schedule.cosine_annealed": "another", "training.schedule.gone": "1"}
    results.definitions.mkdir(parents=True)
    (results.definitions / "abc.json").write_text(json.dumps(then))
    train(code="abc")
    state, reasons = judge()
    assert state == "stale"
    assert reasons[1] == "training.schedule.gone: no longer reached"
    assert reasons[0].startswith("training.schedule.cosine_annealed: changed (reached by training.trajectory.")
    assert len(reasons) == 2


def test_what_reads_something_that_is_made_again_is_made_again_too(plan, results, run, spec, train):
    train()
    write_measures(run, spec)
    name = jobs.measure(spec.run_id)
    assert Jobs(plan, results).due(name) == ()
    (run / "run.json").unlink()
    asked = Jobs(plan, results)
    assert asked.verdict(name).state == "done"
    assert asked.due(name) == ("reads 1 that are made again",)
    assert f"reads {len(plan.runs)} that are made again" in asked.due(TABLES)


def test_what_is_older_than_what_it_was_made_from_is_stale(plan, results, run, spec, train):
    write_measures(run, spec)
    train()
    os.utime(run / "measures.parquet", (1, 1))
    state, (reason,) = Jobs(plan, results).verdict(jobs.measure(spec.run_id))
    assert state == "stale"
    assert reason == "measures.parquet: older than run.json that it is made from"


def test_measuring_does_not_go_on_from_where_training_was_stopped(plan, results, run, spec, train):
    train()
    (run / "resume").mkdir()
    (run / "resume/state.safetensors").touch()
    assert Jobs(plan, results).verdict(jobs.measure(spec.run_id)).state == "to do"


def test_jobs_stand_behind_those_that_read_their_results_each_once(plan, results):
    asked = Jobs(plan, results)
    behind = asked.behind([CLAIMS, TABLES])
    assert behind[-2:] == [CLAIMS, TABLES]
    assert len(behind) == len(set(behind)) == 2 * len(plan.runs) + len(plan.batches) + 2
    for name in behind:
        assert all(behind.index(read) < behind.index(name) for read in asked.jobs[name].reads)


def test_without_companion_studies_nothing_asks_for_their_claims(plan, results):
    some = Jobs(make_plan(read_config(CONFIG, {"scale": "smoke", "only": ["LR3"]})), results)
    assert (some.deciding, Jobs(plan, results).deciding) == ([CLAIMS], [CLAIMS, COMPANION_CLAIMS])
    assert COMPANION_CLAIMS in Jobs(plan, results).jobs[REPORT].reads
    assert COMPANION_CLAIMS not in some.jobs[REPORT].reads


def test_a_marker_is_newer_than_every_result_that_is_made_again_though_it_is_there(plan, results, run, train):
    train()
    Jobs(plan, results).mark_outdated()
    assert not results.outdated.exists()
    train(code="0" * 16)
    os.utime(run / "run.json", (2**33, 2**33))  # by a clock that is ahead
    Jobs(plan, results).mark_outdated()
    assert results.outdated.stat().st_mtime > (run / "run.json").stat().st_mtime


def test_results_of_the_future_are_dated_back_all_by_as_much(plan, results, run, train):
    train()
    files, ahead = (run / "trace.parquet", run / "run.json"), time.time_ns() + 3600 * SECOND
    for file, date in zip(files, (ahead - 7, ahead), strict=True):
        os.utime(file, ns=(date, date))
    for _ in range(2):  # the second changes nothing
        Jobs(plan, results).date_back()
        dates = [file.stat().st_mtime_ns for file in files]
        assert (ahead - dates[1]) % SECOND == 0
        assert dates[1] - dates[0] == 7
        assert ahead - 3602 * SECOND <= dates[1] <= time.time_ns()


def test_the_definitions_behind_every_result_are_kept(plan, results, spec):
    Jobs(plan, results).keep_definitions()
    for code in (stages.code_of_training(spec), stages.code_of_tables(), stages.code_of_claims()):
        assert definitions.kept(results.definitions, code.digest) == code.definitions
