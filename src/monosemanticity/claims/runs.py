"""The runs that claims ask: their tables, cut to a batch and to one value a seed and setting."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

import numpy as np
import pandas as pd

from monosemanticity.experiment.plan import Plan
from monosemanticity.identity import stages
from monosemanticity.results.paths import MEMBERS, Paths
from monosemanticity.tables.bounds import most_rows
from monosemanticity.tables.tables import read


class NotMeasurableError(LookupError):
    """What a claim asks for is not there; its text says what, and how to come by it."""


@dataclass(frozen=True)
class Runs:
    """The tables of a scale: each table's rows of a batch, in its place."""

    members: pd.DataFrame
    table: Callable[[str], pd.DataFrame]
    """A table of all runs by its name: models, measures, traces, neurons, features."""
    asked: set[str] = field(default_factory=set)
    """The runs that were asked so far."""

    def rows(self, batch: str, table: str = "models") -> pd.DataFrame:
        """A batch's rows of a table, without its comparison run. Raises NotMeasurableError where there are none."""
        return self._ask(self._rows(batch, table))

    def beside(self, batch: str) -> pd.DataFrame:
        """The final models of a batch's comparison run."""
        return self._ask(self._rows(batch, "models", comparison=True))

    def number(self, batch: str, field: str) -> Any:
        """A number that all runs of a batch share, of which nothing else is asked."""
        return self._rows(batch, "models")[field].iloc[0]

    def sweep(self, batch: str, by: str, column: str) -> pd.DataFrame:
        """A number of final models: a row a seed, a column a value of what is swept.

        Raises NotMeasurableError where fewer than two values are there, of which every claim would be true, or where
        the models have no such number.
        """
        rows = self.rows(batch)
        if column not in rows:
            raise NotMeasurableError(f"{column} was not measured: the results are of an earlier version")
        return units_by(rows, "seed", by, column, batch)

    def at(self, batch: str, by: str, wanted: float, table: str = "models") -> pd.DataFrame:
        """A batch's rows of a table at a value of a field. Raises NotMeasurableError where it does not have it."""
        rows = self._rows(batch, table)
        chosen = rows[np.isclose(rows[by], wanted, rtol=1e-6)]
        if chosen.empty:
            raise NotMeasurableError(f"{batch} has no {by} of {wanted:.4g}")
        return self._ask(chosen)

    def at_most_of(self, batch: str, by: str, table: str = "models") -> pd.DataFrame:
        """A batch's rows of a table at the largest value of a swept field."""
        rows = self._rows(batch, table)
        return self._ask(rows[rows[by] == rows[by].max()])

    def _rows(self, batch: str, table: str, comparison: bool = False) -> pd.DataFrame:
        places = self.members[(self.members["batch"] == batch) & (self.members["comparison"] == comparison)]
        if places.empty:
            raise NotMeasurableError(f"there are no runs of {batch}")
        return places[["run"]].merge(self.table(table), on="run")

    def _ask(self, rows: pd.DataFrame) -> pd.DataFrame:
        self.asked.update(rows["run"])
        return rows

    def unsettled(self) -> dict[str, int]:
        """How many of the runs that were asked have not converged, and in how many no neuron responds."""
        models = self.table("models")
        models = models[models["run"].isin(self.asked)]
        counts = {
            "not converged": (~models["converged"]).sum() if "converged" in models else 0,
            "dead": (models["dead_neurons"] == models["k"]).sum() if "dead_neurons" in models else 0,
        }
        return {what: int(count) for what, count in counts.items() if count}

    @classmethod
    def of_plan(cls, plan: Plan, paths: Paths) -> Self:
        """The tables of all runs of a plan. Raises RefusedError where one is missing or of something else."""

        @cache
        def table(name: str) -> pd.DataFrame:
            return read(name, paths.tables(), stages.of_tables(plan), most_rows(name, *plan.batches.values()))

        return cls(table(MEMBERS), table)


def shared(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two sweeps where both have runs, by seed and value. Raises NotMeasurableError where they share none."""
    rows, columns = one.index.intersection(other.index), one.columns.intersection(other.columns)
    if rows.empty or columns.empty:
        raise NotMeasurableError(f"the batches share no {one.columns.name}")
    return one.loc[rows, columns], other.loc[rows, columns]


def refuse_several(rows: pd.DataFrame, fields: list[str], of: str) -> None:
    """Raise NotMeasurableError where some rows are told apart by more than the fields: nothing is averaged over it."""
    if rows.duplicated(fields).any():
        raise NotMeasurableError(f"{of} has several runs of one {' and '.join(fields)}: it sweeps something besides")


def units_by(rows: pd.DataFrame, unit: str, by: str, column: str, of: str) -> pd.DataFrame:
    """A column of some rows: a row a unit, as a seed, that has them all, a column a value of what is swept.

    Raises NotMeasurableError where there are fewer than two values, no such unit, or several rows of one.
    """
    refuse_several(rows, [unit, by], of)
    table = rows.pivot_table(index=unit, columns=by, values=column).dropna()
    if len(table.columns) < 2:
        raise NotMeasurableError(f"{of} has one {by} alone, and more are needed")
    if table.empty:
        raise NotMeasurableError(f"no {unit} has every {by} of {of}")
    return table
