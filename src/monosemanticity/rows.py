"""From the files of many runs to tidy rows: an observation each, beside the numbers that define its run."""

from collections.abc import Collection

import pandas as pd
import pyarrow as pa

from monosemanticity import layout, store
from monosemanticity.layout import Layout
from monosemanticity.measure import MONOSEMANTIC
from monosemanticity.spec import RunSpec


def traces(specs: Collection[RunSpec], results: Layout) -> pd.DataFrame:
    """A row a recorded step: the run, its numbers, and what was recorded (units in the runs' own files)."""
    recorded = _stack(specs, results, layout.TRACE, store.TRACE_SCHEMA)
    return numbers(specs).merge(recorded.rename(columns={"learning_rate": "scheduled_learning_rate"}), on="run")


def neurons(specs: Collection[RunSpec], results: Layout) -> pd.DataFrame:
    """A row a neuron of a final model."""
    return numbers(specs).merge(_stack(specs, results, layout.NEURONS, store.NEURONS_SCHEMA), on="run")


def monosemantic_counts(neurons: pd.DataFrame) -> pd.DataFrame:
    """A row a final model, from a row a neuron: its mono_neurons, and those per neuron and per feature."""
    final = neurons.drop_duplicates("run").set_index("run")
    mono = (neurons["r"] > MONOSEMANTIC).groupby(neurons["run"]).sum()
    return final.assign(mono_neurons=mono, per_neuron=mono / final["k"], per_feature=mono / final["N"]).reset_index()


def numbers(specs: Collection[RunSpec]) -> pd.DataFrame:
    """A row a run: its name and the numbers that define it."""
    return pd.DataFrame([{"run": run_id} | spec.model_dump() for run_id, spec in _unique(specs).items()])


def _stack(specs: Collection[RunSpec], results: Layout, file: str, schema: pa.Schema) -> pd.DataFrame:
    """The rows of every run's file, each with its run."""
    parts = [
        store.read_parquet(results.run(run_id) / file, schema, spec).to_pandas().assign(run=run_id)
        for run_id, spec in _unique(specs).items()
    ]
    return pd.concat(parts, ignore_index=True)


def _unique(specs: Collection[RunSpec]) -> dict[str, RunSpec]:
    return {spec.run_id: spec for spec in specs}
