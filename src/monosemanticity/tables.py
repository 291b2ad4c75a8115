"""What all runs of a plan came to, in three tables: a row a model, a recorded step, a neuron."""

from collections.abc import Collection

import pandas as pd
import pyarrow as pa

from monosemanticity import provenance, store
from monosemanticity.layout import Layout
from monosemanticity.measure import MONOSEMANTIC, POSITIVE_BIAS
from monosemanticity.plan import Plan
from monosemanticity.rows import monosemantic_counts, neurons, numbers, traces
from monosemanticity.spec import RunSpec
from monosemanticity.stamp import Stamp


def of_tables(plan: Plan) -> Stamp:
    """The stamp of the tables of a plan's runs."""
    return Stamp(plan.digest, provenance.code(*provenance.TABLES))


def models(specs: Collection[RunSpec], results: Layout) -> pd.DataFrame:
    """A row a final model: its numbers, its losses, and the counts of its neurons.

    final_loss is the mean of the recorded task loss over the last half of the steps; min_loss is the least recorded.
    """
    loss = traces(specs, results)[["run", "step", "steps", "loss"]]
    last_octave = loss[loss["step"] * 2 > loss["steps"]].groupby("run")["loss"]
    neuron = neurons(specs, results)
    records = {spec.run_id: store.read_record(results.run(spec.run_id), spec) for spec in specs}
    mono = neuron[neuron["r"] > MONOSEMANTIC].groupby("run")
    read = pd.DataFrame(
        {
            "final_loss": last_octave.mean(),
            "min_loss": loss.groupby("run")["loss"].min(),
            "mono_features": mono["strongest_feature"].nunique(),
            "mean_bias": neuron.groupby("run")["bias"].mean(),
            "positive_bias_neurons": (neuron["bias"] > POSITIVE_BIAS).groupby(neuron["run"]).sum(),
            "cpu_seconds": pd.Series({run: record.cpu_seconds for run, record in records.items()}),
        }
    )
    read["mono_features"] = read["mono_features"].fillna(0).astype(int)  # a run without mono neurons is in no group
    counts = monosemantic_counts(neuron)[["run", "mono_neurons", "per_neuron", "per_feature"]]
    return numbers(specs).merge(counts, on="run").join(read, on="run")


def write_tables(plan: Plan, results: Layout) -> None:
    """Write the tables of every run of a plan; models also name the batches that share each run."""
    specs = plan.runs.values()
    final = models(specs, results)
    final.insert(1, "batches", [",".join(plan.batches_with(plan.runs[run])) for run in final["run"]])
    for name, table in (("models", final), ("traces", traces(specs, results)), ("neurons", neurons(specs, results))):
        store.write_table(results.table(name), pa.Table.from_pandas(table, preserve_index=False), of_tables(plan))


def read_table(name: str, plan: Plan, results: Layout) -> pd.DataFrame:
    """One of the written tables. Raises ResultError if it is missing, damaged, or not of this plan."""
    return store.read_table(results.table(name), of_tables(plan)).to_pandas()
