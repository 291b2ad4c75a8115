"""What the runs of a plan came to, in six tables; each batch has its own, and figures are drawn from these."""

from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pyarrow as pa

from monosemanticity.experiment.plan import Plan
from monosemanticity.identity import stages
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results.parquet import growing_table, read_table, write_table
from monosemanticity.results.paths import MEMBERS, MODELS, Paths
from monosemanticity.tables import rows
from monosemanticity.tables.bounds import most_rows

OF_EACH_RUN = {"traces": rows.traces, "measures": rows.measures, "neurons": rows.neurons, "features": rows.features}
"""The tables to which a run adds many rows: they are written run by run, so that memory does not grow with runs."""


def write(plan: Plan, results: Paths, folder: Path) -> None:
    """Write the tables of a plan's runs into a folder; that of the models is last and says that the others are whole.

    Raises RefusedError naming the first file of a run that is missing, damaged, or of something else.
    """
    of, others = stages.of_tables(plan), [folder / f"{name}.parquet" for name in (*OF_EACH_RUN, MEMBERS)]
    models = []
    with ExitStack() as stack:
        append = {path.stem: stack.enter_context(growing_table(path, of)) for path in others}
        append[MEMBERS](_arrow(rows.members(plan)))
        for run_id, spec in plan.runs.items():
            of_the_run = {name: table(spec, results.run(run_id)) for name, table in OF_EACH_RUN.items()}
            for name, part in of_the_run.items():
                append[name](_arrow(part))
            models.append(rows.model(spec, of_the_run, results.run(run_id)))
    write_table(folder / f"{MODELS}.parquet", _arrow(pd.concat(models, ignore_index=True)), of, beside=others)


def read(name: str, folder: Path, of: Stamp, rows: int) -> pd.DataFrame:
    """One of the tables in a folder, of at most so many rows. Raises RefusedError as `read_table` does."""
    return read_table(folder / f"{name}.parquet", of, rows).to_pandas()


def read_all(name: str, plan: Plan, paths: Paths) -> pd.DataFrame:
    """One of the tables of all runs of a plan. Raises RefusedError as `read_table` does."""
    return read(name, paths.tables(), stages.of_tables(plan), most_rows(name, *plan.batches.values()))


def _arrow(part: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(part, preserve_index=False)
