"""What runs came to, in four tables: a row a final model, a recorded step, a kept model, a neuron."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import parquet, paths, run_record
from monosemanticity.results.paths import Paths
from monosemanticity.tables.rows import final, measures, neurons, traces


def tables_of(specs: Collection[RunSpec], plan: Plan, results: Paths) -> dict[str, pd.DataFrame]:
    """The tables of some runs of a plan, by name; models also name the batches that share each run.

    final_loss is the mean of the recorded task loss over the last half of the steps; min_loss is the least recorded.
    """
    trace = traces(specs, results)
    of_a_run = trace[trace["step"] * 2 > trace["steps"]].groupby("run")
    losses = pd.DataFrame({"final_loss": of_a_run["loss"].mean(), "min_loss": of_a_run["min_loss"].last()})
    measured = measures(specs, results)
    models = final(measured).join(losses, on="run")
    models.insert(1, "batches", [",".join(plan.batches_with(plan.runs[run])) for run in models["run"]])
    records = [run_record.read_record(results.run(run), plan.runs[run]) for run in models["run"]]
    models = models.assign(
        cpu_seconds=[record.cpu_seconds for record in records],
        device=[record.device for record in records],
        products=[record.products for record in records],
        threads=[record.threads for record in records],
        torch=[record.versions["torch"] for record in records],
    )
    return {"traces": trace, "measures": measured, "neurons": neurons(specs, results), "models": models}


def write_tables(plan: Plan, results: Paths) -> None:
    """Write the tables of every run of a plan where they belong."""
    files = {name: results.table(name) for name in paths.TABLES}
    _write(tables_of(plan.runs.values(), plan, results), files, stages.of_tables(plan))


def write_some_tables(specs: Collection[RunSpec], plan: Plan, results: Paths, folder: Path) -> None:
    """Write the tables of some of a plan's runs into a folder."""
    files = {name: folder / f"{name}.parquet" for name in paths.TABLES}
    _write(tables_of(specs, plan, results), files, stages.of_some_tables(specs, plan))


def _write(tables: Mapping[str, pd.DataFrame], files: Mapping[str, Path], of: Stamp) -> None:
    """Write tables; the last says that the others are whole."""
    written = []
    for name in paths.TABLES:
        table = pa.Table.from_pandas(tables[name], preserve_index=False)
        parquet.write_table(files[name], table, of, beside=written)
        written.append(files[name])


def read_table(name: str, plan: Plan, results: Paths) -> pd.DataFrame:
    """One of the written tables. Raises ResultError if it is missing, damaged, or not of this plan."""
    table = parquet.read_table(results.table(name), stages.of_tables(plan))
    return table.replace_schema_metadata(None).to_pandas()  # what pandas says of its types may be damaged
