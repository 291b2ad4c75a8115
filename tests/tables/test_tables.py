import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from helpers.tables import read_table
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
        "dead_neurons": [0, 1],
        "mono_features": [1, mono_features],
        "one_mono_features": [1, mono_features],
        "almost_mono_features": [0, 0],
        "mean_bias": [0.5, -0.1],
        "positive_bias_neurons": [4, 2],
        "poly_rank": [0, 1],
        "poly_least_singular": [np.nan, 1.0],
        "poly_greatest_singular": [np.nan, 1.25],
        "poly_constant": [0.0, 0.5],
    }
    neurons = {
        "neuron": range(4),
        "r": [1.0, 0.9995, 0.5, 0.0],
        "bias": [-1.0, 0.04, 0.06, 0.5],
        "strongest_feature": [7, 7, 3, -1],
        "onset": [0.25, 0.5, np.nan, np.nan],
        "w1_norm": [1.0] * 4,
        "w2_norm": [1.0] * 4,
    }
    nothing, some = [np.nan] * spec.N, [0.5] * spec.N
    features = {
        "feature": range(spec.N),
        "frequency": [spec.epsilon] * spec.N,
        "mono_neurons": [0] * spec.N,
        "largest_r": nothing,
        "onset": nothing,
        "second_onset": nothing,
        "output": some,
        "poly_intercept": some,
        "poly_slope": some,
        "poly_slope_range": some,
        "linear_error": [0.25] * spec.N,
    }
    training, measuring = stages.of_training(spec), stages.of_measuring(spec)
    parquet.write_columns(folder / "trace.parquet", trace, TRACE, training)
    parquet.write_columns(folder / "neurons.parquet", neurons, measured.NEURONS, measuring)
    parquet.write_columns(folder / "features.parquet", features, measured.FEATURES, measuring)
    parquet.write_columns(folder / "measures.parquet", measures, measured.MEASURES, measuring)
    run_record.write_record(folder, record)


def plan_of(**batches: list[RunSpec]) -> Plan:
    """Batches of these runs, that with the lowest feature frequency a comparison run."""
    members = {
        name: [Member(setting={"seed": spec.seed}, comparison=spec.epsilon < 0.1, spec=spec) for spec in specs]
        for name, specs in batches.items()
    }
    planned = {name: PlannedBatch(swept=["seed"], members=each) for name, each in members.items()}
    return Plan(scale="smoke", note="", batches=planned)


def tables_of(*specs: RunSpec, results: Paths) -> dict[str, pd.DataFrame]:
    return tables_of_plan(plan_of(X=list(specs)), results)


def tables_of_plan(plan: Plan, results: Paths) -> dict[str, pd.DataFrame]:
    tables.write(plan, results, results.tables())
    return {name: read_table(name, results.tables(), plan) for name in TABLES}


def test_a_model_is_a_row_of_its_numbers_losses_and_measures_and_of_what_made_it(mono, results, record_of):
    (row,) = tables_of(mono, results=results)["models"].to_dict("records")
    record = record_of(mono)
    assert row == {"run": mono.run_id} | mono.model_dump() | {
        "final_loss": 2.0,  # step 64, the recorded one of the last eighth
        "min_loss": 1.0,
        "loss_change": pytest.approx(float("nan"), nan_ok=True),
        "converged": False,
        "linear_loss": 6.0,
        "dead_neurons": 1,
        "one_mono_features": 2,
        "almost_mono_features": 0,
        "poly_rank": 1,
        "poly_least_singular": 1.0,
        "poly_greatest_singular": 1.25,
        "poly_constant": 0.5,
        "mono_neurons": 3,
        "per_neuron": 3 / 10,
        "per_feature": 3 / 24,
        "mono_features": 2,
        "mean_bias": -0.1,
        "positive_bias_neurons": 2,
        "cpu_seconds": 1.5,
        "device": record.segments[0].device,
        "products": record.segments[0].products,
        "threads": "1",
        "torch": record.segments[0].versions["torch"],
    }


def test_members_are_a_row_a_run_in_each_of_its_batches(mono, poly, results):
    found = tables_of_plan(plan_of(A=[mono], B=[poly, mono]), results)
    assert found["members"].to_dict("records") == [
        {"run": mono.run_id, "batch": "A", "comparison": False, "setting": "seed=1"},
        {"run": poly.run_id, "batch": "B", "comparison": False, "setting": "seed=2"},
        {"run": mono.run_id, "batch": "B", "comparison": False, "setting": "seed=1"},
    ]
    assert found["models"]["run"].tolist() == [mono.run_id, poly.run_id]


def test_a_comparison_run_is_told_from_the_sweep(mono, results, tiny_spec, record_of):
    beside = tiny_spec(epsilon=0.0625, steps=64)
    write(results, record_of(beside), {1: 1.0, 64: 1.0}, mono_neurons=0, mono_features=0)
    members = tables_of(mono, beside, results=results)["members"].set_index("run")
    assert members["comparison"].to_dict() == {mono.run_id: False, beside.run_id: True}


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
    least = tables_of(mono, poly, results=results)["traces"].groupby("run")["min_loss"].apply(list)
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
    assert rows.final(rows.measures(mono, results.run(mono.run_id)))["mean_bias"].tolist() == [-0.1]


def test_neurons_are_a_row_each_and_may_have_no_strongest_feature(mono, poly, results):
    found = tables_of(mono, poly, results=results)["neurons"]
    assert found.groupby("run")["neuron"].apply(list).to_dict() == {
        mono.run_id: [0, 1, 2, 3],
        poly.run_id: [0, 1, 2, 3],
    }
    assert found["strongest_feature"].dropna().tolist() == [7, 7, 3] * 2
    assert found["strongest_feature"].isna().sum() == 2


def test_a_run_of_two_batches_counts_once(mono, results):
    found = tables_of_plan(plan_of(A=[mono], B=[mono]), results)
    for name, rows_of_one in tables_of(mono, results=results).items():
        assert name == "members" or found[name].equals(rows_of_one)


def test_a_run_that_is_not_measured_is_named(mono, results):
    (results.run(mono.run_id) / "measures.parquet").unlink()
    with pytest.raises(ResultError, match=r"measures.parquet: missing"):
        tables_of(mono, results=results)
    assert list(results.tables().iterdir()) == []


def test_each_file_of_a_run_is_read_once_and_one_run_is_held_at_a_time(mono, poly, results, monkeypatch):
    opened = []
    of_arrow = parquet.pa.OSFile
    monkeypatch.setattr(parquet.pa, "OSFile", lambda name: opened.append(name) or of_arrow(name))
    tables.write(plan_of(A=[mono, poly], B=[mono]), results, results.tables())
    files = [
        str(results.run(spec.run_id) / f"{name}.parquet")
        for spec in (mono, poly)
        for name in ("trace", "measures", "neurons", "features")
    ]
    assert opened == files


def test_tables_of_another_plan_are_refused(mono, poly, results):
    tables.write(plan_of(X=[mono, poly]), results, results.tables())
    for other in (plan_of(X=[mono]), plan_of(Y=[mono, poly]), plan_of(X=[poly, mono])):
        with pytest.raises(ResultError, match="digest is "):
            read_table("models", results.tables(), other)


def test_tables_of_a_batch_are_those_of_the_plan_of_it_alone(mono, poly, results):
    plan = plan_of(A=[mono], B=[poly])
    tables.write(plan.only(["B"]), results, results.tables("B"))
    assert read_table("models", results.tables("B"), plan.only(["B"]))["run"].tolist() == [poly.run_id]
    assert not results.table("models").exists()


def test_tables_may_be_of_some_runs_alone(mono, poly, results, tmp_path):
    some = plan_of(X=[mono, poly]).only(["X"], [poly.run_id])
    tables.write(some, results, tmp_path / "some")
    assert {path.name for path in (tmp_path / "some").iterdir()} == {f"{name}.parquet" for name in TABLES}
    assert read_table("models", tmp_path / "some", some)["run"].tolist() == [poly.run_id]


def test_the_models_say_that_the_other_tables_are_whole(mono, results):
    tables.write(plan_of(X=[mono]), results, results.tables())
    others = {f"{name}.parquet": results.table(name).stat().st_size for name in TABLES[:-1]}
    said = json.loads(pq.read_schema(results.table("models")).metadata[stamp.FILES.encode()])
    assert said == others
