"""From the files of many runs to tidy rows: an observation each, with the numbers that define its run."""

from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.measures.measured import read_measures, read_neurons
from monosemanticity.results.paths import Paths
from monosemanticity.training import loss_trace


def traces(specs: Collection[RunSpec], results: Paths) -> pd.DataFrame:
    """A row a recorded step: the run, its numbers, and what was recorded (units in the runs' own files).

    min_loss is the least loss recorded so far.
    """
    recorded = _stack(specs, results, loss_trace.read_trace).rename(
        columns={"learning_rate": "scheduled_learning_rate"}
    )
    recorded["min_loss"] = recorded.groupby("run")["loss"].cummin()
    return numbers(specs).merge(recorded, on="run")


def measures(specs: Collection[RunSpec], results: Paths) -> pd.DataFrame:
    """A row a kept model: the run, its numbers, and what was measured of the model."""
    measured = numbers(specs).merge(_stack(specs, results, read_measures), on="run")
    measured["per_neuron"] = measured["mono_neurons"] / measured["k"]
    measured["per_feature"] = measured["mono_neurons"] / measured["N"]
    return measured


def final(measured: pd.DataFrame) -> pd.DataFrame:
    """Of what was measured of kept models, the row of each run's last."""
    return measured[measured["step"] == measured["steps"]].drop(columns="step").reset_index(drop=True)


def neurons(specs: Collection[RunSpec], results: Paths) -> pd.DataFrame:
    """A row a neuron of a final model."""
    stacked = _stack(specs, results, read_neurons)
    return numbers(specs).merge(stacked.astype({"strongest_feature": "Int64"}), on="run")


def numbers(specs: Collection[RunSpec]) -> pd.DataFrame:
    """A row a run: its name and the numbers that define it."""
    return pd.DataFrame([{"run": run_id} | spec.model_dump() for run_id, spec in _unique(specs).items()])


def _stack(specs: Collection[RunSpec], results: Paths, read: Callable[[Path, RunSpec], pa.Table]) -> pd.DataFrame:
    """The rows of every run's file, each with its run."""
    parts = [read(results.run(run_id), spec).to_pandas().assign(run=run_id) for run_id, spec in _unique(specs).items()]
    return pd.concat(parts, ignore_index=True)


def _unique(specs: Collection[RunSpec]) -> dict[str, RunSpec]:
    return {spec.run_id: spec for spec in specs}
