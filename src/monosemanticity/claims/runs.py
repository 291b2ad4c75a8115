"""The runs that claims ask: their tables, cut to a batch and to one value a seed and setting."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

import numpy as np
import pandas as pd

from monosemanticity.errors import RefusedError
from monosemanticity.experiment.plan import Plan
from monosemanticity.identity import stages
from monosemanticity.results.paths import MEMBERS, MODELS, Paths
from monosemanticity.tables.bounds import most_rows
from monosemanticity.tables.tables import read


class NotMeasurableError(LookupError):
    """What a claim asks for is not there; its text says what, and how to come by it."""


@dataclass(frozen=True)
class Runs:
    """The tables of a scale, batch by batch."""

    table: Callable[[str, str], pd.DataFrame]
    """A batch's table by its name: members, models, measures, traces, neurons, features.

    Raises NotMeasurableError where the batch has none."""
    asked: dict[str, str] = field(default_factory=dict)
    """The runs that were asked so far, each with a batch that has it."""
    missing: dict[str, RefusedError] = field(default_factory=dict)
    """The batches that were asked and whose tables cannot be read, and why."""

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
        members, models = (self.table(batch, name) for name in (MEMBERS, MODELS))
        places = members[members["comparison"] == comparison]
        if places.empty:
            raise NotMeasurableError(f"there are no runs of {batch}")
        # The models are read whatever is asked: they say which runs have not converged.
        return places[["batch", "run"]].merge(models if table == MODELS else self.table(batch, table), on="run")

    def _ask(self, rows: pd.DataFrame) -> pd.DataFrame:
        self.asked.update(zip(rows["run"], rows["batch"], strict=True))
        return rows

    def unsettled(self) -> dict[str, int]:
        """How many of the runs that were asked have not converged, and in how many no neuron responds."""
        models = pd.concat([self.table(batch, MODELS) for batch in dict.fromkeys(self.asked.values())])
        models = models[models["run"].isin(self.asked)].drop_duplicates("run")
        counts = {
            "not converged": (~models["converged"]).sum() if "converged" in models else 0,
            "dead": (models["dead_neurons"] == models["k"]).sum() if "dead_neurons" in models else 0,
        }
        return {what: int(count) for what, count in counts.items() if count}

    @classmethod
    def of_plan(cls, plan: Plan, paths: Paths) -> Self:
        """The tables of a plan's batches, each read when it is asked for."""
        missing: dict[str, RefusedError] = {}

        @cache
        def table(batch: str, name: str) -> pd.DataFrame:
            if batch not in plan.batches:
                raise NotMeasurableError(f"there are no runs of {batch}")
            of, rows = stages.of_batch_tables(batch, plan), most_rows(name, plan.batches[batch])
            try:
                return read(name, paths.tables(batch), of, rows)
            except RefusedError as error:
                missing[batch] = error
                raise NotMeasurableError(f"{batch}: {error}") from error

        return cls(table, missing=missing)


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
