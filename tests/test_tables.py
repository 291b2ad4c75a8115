from collections.abc import Callable
from pathlib import Path

import pytest

from monosemanticity import rows, store, tables
from monosemanticity.layout import Layout
from monosemanticity.record import Record
from monosemanticity.spec import RunSpec


@pytest.fixture
def results(tmp_path: Path) -> Layout:
    return Layout(tmp_path, "smoke")


@pytest.fixture
def mono(tiny_spec: Callable[..., RunSpec], record_of: Callable[..., Record], results: Layout) -> RunSpec:
    """A run of two monosemantic neurons of one feature, one of another, and a polysemantic one."""
    spec = tiny_spec(seed=1, steps=64)
    write(results, spec, record_of(spec), loss={1: 9.0, 16: 5.0, 32: 4.0, 48: 1.0, 64: 2.0}, r=[1.0, 0.9995, 1.0, 0.9])
    return spec


@pytest.fixture
def poly(tiny_spec: Callable[..., RunSpec], record_of: Callable[..., Record], results: Layout) -> RunSpec:
    """A run without a monosemantic neuron."""
    spec = tiny_spec(seed=2, steps=64)
    write(results, spec, record_of(spec), loss={1: 8.0, 16: 3.0, 64: 3.5}, r=[0.5, 0.999, 0.0, -1e9])
    return spec


def write(results: Layout, spec: RunSpec, record: Record, loss: dict[int, float], r: list[float]) -> None:
    folder = results.run(spec.run_id)
    trace = {name: [None] * len(loss) for name in store.TRACE_SCHEMA.names}
    trace |= {"step": list(loss), "loss": list(loss.values()), "learning_rate": [0.5] * len(loss)}
    neurons = {
        "neuron": range(4),
        "r": r,
        "bias": [-1.0, 0.04, 0.06, 0.5],
        "strongest_feature": [7, 7, 3, 0],
        "w1_norm": [1.0] * 4,
        "w2_norm": [1.0] * 4,
    }
    store.write_parquet(folder / "trace.parquet", trace, store.TRACE_SCHEMA, spec)
    store.write_parquet(folder / "neurons.parquet", neurons, store.NEURONS_SCHEMA, spec)
    store.write_record(folder, record)


def test_a_model_is_a_row_of_its_numbers_losses_and_counts(mono, results):
    (row,) = tables.models([mono], results).to_dict("records")
    assert row == {"run": mono.run_id} | mono.model_dump() | {
        "final_loss": 1.5,  # steps 48 and 64, the recorded ones of the last half
        "min_loss": 1.0,
        "mono_neurons": 3,
        "per_neuron": 3 / 10,
        "per_feature": 3 / 24,
        "mono_features": 2,
        "mean_bias": pytest.approx(-0.1),
        "positive_bias_neurons": 2,
        "cpu_seconds": 1.5,
    }


def test_a_run_without_monosemantic_neurons_has_zero_of_them(poly, mono, results):
    counted = tables.models([poly, mono], results).set_index("run")
    assert counted["mono_neurons"].to_dict() == {poly.run_id: 0, mono.run_id: 3}
    assert counted["mono_features"].to_dict() == {poly.run_id: 0, mono.run_id: 2}
    assert counted["mono_neurons"].dtype == int


def test_no_run_with_monosemantic_neurons_is_no_error(poly, results):
    (row,) = tables.models([poly], results).to_dict("records")
    assert (row["mono_neurons"], row["mono_features"]) == (0, 0)


def test_a_trace_is_a_row_a_recorded_step_beside_the_runs_own_numbers(mono, poly, results):
    found = rows.traces([mono, poly], results)
    of_mono = found[found["run"] == mono.run_id]
    assert of_mono["step"].tolist() == [1, 16, 32, 48, 64]
    assert of_mono["learning_rate"].tolist() == [0.01] * 5
    assert of_mono["scheduled_learning_rate"].tolist() == [0.5] * 5
    assert len(found) == 8


def test_neurons_are_a_row_each(mono, poly, results):
    found = rows.neurons([mono, poly], results)
    assert found.groupby("run")["neuron"].apply(list).to_dict() == {
        mono.run_id: [0, 1, 2, 3],
        poly.run_id: [0, 1, 2, 3],
    }


def test_a_run_given_twice_counts_once(mono, results):
    assert tables.models([mono, mono], results).equals(tables.models([mono], results))
    assert len(rows.traces([mono, mono], results)) == 5
    assert len(rows.neurons([mono, mono], results)) == 4
