"""The tables of a plan."""

from pathlib import Path

import pandas as pd

from monosemanticity.experiment.plan import Plan
from monosemanticity.identity import stages
from monosemanticity.tables import tables
from monosemanticity.tables.bounds import most_rows


def read_table(name: str, folder: Path, plan: Plan) -> pd.DataFrame:
    return tables.read(name, folder, stages.of_tables(plan), most_rows(name, *plan.batches.values()))
