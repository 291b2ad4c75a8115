"""From the files of many runs to tidy tables, a row an observation, with the numbers that define its run."""

from collections.abc import Collection

import pandas as pd
import pyarrow as pa

from monosemanticity import layout, store
from monosemanticity.atomic import written_whole
from monosemanticity.layout import Layout
from monosemanticity.measure import MONOSEMANTIC, POSITIVE_BIAS
from monosemanticity.plan import Plan
from monosemanticity.spec import RunSpec


def traces(specs: Collection[RunSpec], results: Layout) -> pd.DataFrame:
    """A row a recorded step: the run, its numbers, and what was recorded (units in the runs' own files)."""
    recorded = _stack(specs, results, layout.TRACE, store.TRACE_SCHEMA)
    return _numbers(specs).merge(recorded.rename(columns={"learning_rate": "scheduled_learning_rate"}), on="run")


def neurons(specs: Collection[RunSpec], results: Layout) -> pd.DataFrame:
    """A row a neuron of a final model."""
    return _numbers(specs).merge(_stack(specs, results, layout.NEURONS, store.NEURONS_SCHEMA), on="run")


def monosemantic_counts(neurons: pd.DataFrame) -> pd.DataFrame:
    """A row a final model, from a row a neuron: its mono_neurons, and those per neuron and per feature."""
    final = neurons.drop_duplicates("run").set_index("run")
    mono = (neurons["r"] > MONOSEMANTIC).groupby(neurons["run"]).sum()
    return final.assign(mono_neurons=mono, per_neuron=mono / final["k"], per_feature=mono / final["N"]).reset_index()


def models(specs: Collection[RunSpec], results: Layout) -> pd.DataFrame:
    """A row a final model: its numbers, its losses, and the counts of its neurons.

    final_loss is the mean of the recorded task loss over the last half of the steps; min_loss is the least recorded.
    """
    loss = traces(specs, results)[["run", "step", "steps", "loss"]]
    last_octave = loss[loss["step"] * 2 > loss["steps"]].groupby("run")["loss"]
    neuron = neurons(specs, results)
    mono = neuron[neuron["r"] > MONOSEMANTIC].groupby("run")
    read = pd.DataFrame(
        {
            "final_loss": last_octave.mean(),
            "min_loss": loss.groupby("run")["loss"].min(),
            "mono_features": mono["strongest_feature"].nunique(),
            "mean_bias": neuron.groupby("run")["bias"].mean(),
            "positive_bias_neurons": (neuron["bias"] > POSITIVE_BIAS).groupby(neuron["run"]).sum(),
            "cpu_seconds": pd.Series({spec.run_id: _record(spec, results)["cpu_seconds"] for spec in specs}),
        }
    )
    read["mono_features"] = read["mono_features"].fillna(0).astype(int)  # a run without mono neurons is in no group
    counts = monosemantic_counts(neuron)[["run", "mono_neurons", "per_neuron", "per_feature"]]
    return _numbers(specs).merge(counts, on="run").join(read, on="run")


def write_tables(plan: Plan, results: Layout) -> None:
    """Write the tables of every run of a plan; models also name the batches that share each run."""
    specs = plan.runs.values()
    final = models(specs, results)
    final.insert(1, "batches", [",".join(plan.batches_with(plan.runs[run])) for run in final["run"]])
    for name, table in (("models", final), ("traces", traces(specs, results)), ("neurons", neurons(specs, results))):
        with written_whole(results.table(name)) as aside:
            table.to_parquet(aside, index=False)


def _stack(specs: Collection[RunSpec], results: Layout, file: str, schema: pa.Schema) -> pd.DataFrame:
    """The rows of every run's file, each with its run."""
    parts = [
        store.read_parquet(results.run(run_id) / file, schema, spec).to_pandas().assign(run=run_id)
        for run_id, spec in _unique(specs).items()
    ]
    return pd.concat(parts, ignore_index=True)


def _numbers(specs: Collection[RunSpec]) -> pd.DataFrame:
    return pd.DataFrame([{"run": run_id} | spec.model_dump() for run_id, spec in _unique(specs).items()])


def _unique(specs: Collection[RunSpec]) -> dict[str, RunSpec]:
    return {spec.run_id: spec for spec in specs}


def _record(spec: RunSpec, results: Layout) -> dict:
    return store.read_record(results.run(spec.run_id) / layout.RECORD, spec)
