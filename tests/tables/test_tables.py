import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from monosemanticity.errors import ResultError
from monosemanticity.experiment.plan import Member, Plan, PlannedBatch
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.measures import measured
from monosemanticity.results import parquet, run_record
from monosemanticity.results.paths import TABLES, Paths
from monosemanticity.results.run_record import Record
from monosemanticity.tables import rows, tables
from monosemanticity.training.loss_trace import TRACE


@pytest.fixture
def results(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "results", "smoke")


@pytest.fixture
def mono(tiny_spec: Callable[..., RunSpec], record_of: Callable[..., Record], results: Paths) -> RunSpec:
    """A run that ends with three monosemantic neurons of two features."""
    spec = tiny_spec(seed=1, steps=64)
    loss = {1: 9.0, 16: 5.0, 32: 4.0, 48: 1.0, 64: 2.0}
    write(results, record_of(spec), loss, mono_neurons=3, mono_features=2)
    return spec


@pytest.fixture
def poly(tiny_spec: Callable[..., RunSpec], record_of: Callable[..., Record], results: Paths) -> RunSpec:
    """A run without a monosemantic neuron."""
    spec = tiny_spec(seed=2, steps=64)
    write(results, record_of(spec), loss={1: 8.0, 16: 3.0, 64: 3.5}, mono_neurons=0, mono_features=0)
    return spec


def write(results: Paths, record: Record, loss: dict[int, float], mono_neurons: int, mono_features: int) -> None:
    """The files of a run that was never trained: its losses, what is measured at steps 1 and 64, and four neurons."""
    spec, folder = record.spec, results.run(record.run)
    trace = {
        "step": list(loss),
        "loss": list(loss.values()),
        "l1_term": [0.0] * len(loss),
        "learning_rate": [0.5] * len(loss),
    }
    measures = {
        "step": [1, 64],
        "mono_neurons": [1, mono_neurons],
        "mono_features": [1, mono_features],
        "mean_bias": [0.5, -0.1],
        "positive_bias_neurons": [4, 2],
    }
    neurons = {
        "neuron": range(4),
        "r": [1.0, 0.9995, 0.5, 0.0],
        "bias": [-1.0, 0.04, 0.06, 0.5],
        "strongest_feature": [7, 7, 3, -1],
        "w1_norm": [1.0] * 4,
        "w2_norm": [1.0] * 4,
    }
    training, measuring = stages.of_training(spec), stages.of_measuring(spec)
    parquet.write_columns(folder / "trace.parquet", trace, TRACE, training)
    parquet.write_columns(folder / "neurons.parquet", neurons, measured.NEURONS, measuring)
    parquet.write_columns(folder / "measures.parquet", measures, measured.MEASURES, measuring)
    run_record.write_record(folder, record)


def plan_of(**batches: list[RunSpec]) -> Plan:
    """Batches of these runs."""
    members = {
        name: [Member(setting={"seed": spec.seed}, comparison=False, spec=spec) for spec in specs]
        for name, specs in batches.items()
    }
    planned = {name: PlannedBatch(swept=["seed"], members=each) for name, each in members.items()}
    return Plan(scale="smoke", note="", batches=planned)


def tables_of(*specs: RunSpec, results: Paths) -> dict[str, pd.DataFrame]:
    return tables.tables_of(specs, plan_of(X=list(specs)), results)


def test_a_model_is_a_row_of_its_numbers_losses_and_measures_and_of_what_made_it(mono, results, record_of):
    (row,) = tables_of(mono, results=results)["models"].to_dict("records")
    record = record_of(mono)
    assert row == {"run": mono.run_id, "batches": "X"} | mono.model_dump() | {
        "final_loss": 1.5,  # steps 48 and 64, the recorded ones of the last half
        "min_loss": 1.0,
        "mono_neurons": 3,
        "per_neuron": 3 / 10,
        "per_feature": 3 / 24,
        "mono_features": 2,
        "mean_bias": -0.1,
        "positive_bias_neurons": 2,
        "cpu_seconds": 1.5,
        "device": record.device,
        "products": record.products,
        "threads": 1,
        "torch": record.versions["torch"],
    }


def test_a_model_names_the_batches_that_share_its_run(mono, poly, results):
    plan = plan_of(A=[mono], B=[poly, mono])
    models = tables.tables_of([poly, mono], plan, results)["models"].set_index("run")
    assert models["batches"].to_dict() == {mono.run_id: "A,B", poly.run_id: "B"}


def test_a_run_without_monosemantic_neurons_has_zero_of_them(poly, mono, results):
    counted = tables_of(poly, mono, results=results)["models"].set_index("run")
    assert counted["mono_neurons"].to_dict() == {poly.run_id: 0, mono.run_id: 3}
    assert counted["mono_features"].to_dict() == {poly.run_id: 0, mono.run_id: 2}
    assert counted["mono_neurons"].dtype == int


def test_a_trace_is_a_row_a_recorded_step_beside_the_runs_own_numbers(mono, poly, results):
    found = tables_of(mono, poly, results=results)["traces"]
    of_mono = found[found["run"] == mono.run_id]
    assert of_mono["step"].tolist() == [1, 16, 32, 48, 64]
    assert of_mono["learning_rate"].tolist() == [0.01] * 5
    assert of_mono["scheduled_learning_rate"].tolist() == [0.5] * 5
    assert len(found) == 8


def test_the_running_minimum_starts_anew_with_every_run(mono, poly, results):
    least = rows.traces([mono, poly], results).groupby("run")["min_loss"].apply(list)
    assert least.to_dict() == {mono.run_id: [9, 5, 4, 1, 1], poly.run_id: [8, 3, 3]}


def test_measures_are_a_row_a_kept_model(mono, poly, results):
    found = tables_of(mono, poly, results=results)["measures"]
    of_mono = found[found["run"] == mono.run_id]
    assert of_mono["step"].tolist() == [1, 64]
    assert of_mono["mono_neurons"].tolist() == [1, 3]
    assert of_mono["per_neuron"].tolist() == [0.1, 0.3]
    assert of_mono["per_feature"].tolist() == [1 / 24, 3 / 24]
    assert len(found) == 4


def test_the_final_model_is_the_last_that_was_kept(mono, results):
    assert rows.final(rows.measures([mono], results))["mean_bias"].tolist() == [-0.1]


def test_neurons_are_a_row_each_and_may_have_no_strongest_feature(mono, poly, results):
    found = tables_of(mono, poly, results=results)["neurons"]
    assert found.groupby("run")["neuron"].apply(list).to_dict() == {
        mono.run_id: [0, 1, 2, 3],
        poly.run_id: [0, 1, 2, 3],
    }
    assert found["strongest_feature"].dropna().tolist() == [7, 7, 3] * 2
    assert found["strongest_feature"].isna().sum() == 2
    assert found["strongest_feature"].dtype == "Int64"


def test_a_run_given_twice_counts_once(mono, results):
    once, twice = tables_of(mono, results=results), tables_of(mono, mono, results=results)
    assert all(twice[name].equals(table) for name, table in once.items())


def test_a_run_that_is_not_measured_is_named(mono, results):
    (results.run(mono.run_id) / "measures.parquet").unlink()
    with pytest.raises(ResultError, match=r"measures.parquet: missing; make it again"):
        tables_of(mono, results=results)


def test_tables_read_as_they_were_written(mono, poly, results):
    plan = plan_of(X=[mono, poly])
    tables.write_tables(plan, results)
    for name, table in tables.tables_of([mono, poly], plan, results).items():
        pd.testing.assert_frame_equal(tables.read_table(name, plan, results), table, check_dtype=name != "neurons")


def test_tables_of_another_plan_are_refused(mono, poly, results):
    tables.write_tables(plan_of(X=[mono, poly]), results)
    with pytest.raises(ResultError, match="digest is "):
        tables.read_table("models", plan_of(X=[mono]), results)


def sizes_said_by(path: Path) -> dict[str, int]:
    return json.loads(pq.read_schema(path).metadata[stamp.FILES.encode()])


def test_the_models_say_that_the_other_tables_are_whole(mono, results):
    tables.write_tables(plan_of(X=[mono]), results)
    others = {f"{name}.parquet": results.table(name).stat().st_size for name in ("traces", "measures", "neurons")}
    assert sizes_said_by(results.table("models")) == others


def test_tables_of_some_runs_go_to_a_folder_and_say_of_which_runs_they_are(mono, poly, results, tmp_path):
    plan, folder = plan_of(X=[mono, poly]), tmp_path / "some"
    tables.write_some_tables([poly], plan, results, folder)
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in TABLES}
    assert not results.table("models").exists()
    for name, table in tables.tables_of([poly], plan, results).items():
        written = parquet.read_table(folder / f"{name}.parquet", stages.of_some_tables([poly], plan))
        pd.testing.assert_frame_equal(written.to_pandas(), table)
    assert len(sizes_said_by(folder / "models.parquet")) == len(TABLES) - 1


def test_tables_of_some_runs_are_not_those_of_others_nor_of_the_plan(mono, poly, results, tmp_path):
    plan = plan_of(X=[mono, poly])
    tables.write_some_tables([poly], plan, results, tmp_path)
    for other in (
        stages.of_some_tables([mono], plan),
        stages.of_some_tables([mono, poly], plan),
        stages.of_tables(plan),
    ):
        with pytest.raises(ResultError, match="digest is "):
            parquet.read_table(tmp_path / "models.parquet", other)
