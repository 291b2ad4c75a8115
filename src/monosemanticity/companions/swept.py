"""Rows of an experiment in which nothing but some fields is swept: a claim of one value is not asked of several."""

from collections.abc import Collection

import pandas as pd

from monosemanticity.claims.runs import NotMeasurableError
from monosemanticity.companions.results import Results
from monosemanticity.experiment.companions import SPECS


def final_by(results: Results, experiment: str, *by: str) -> pd.DataFrame:
    """The final models, a row a value of some fields and an instance.

    Raises NotMeasurableError where something else is swept, or there is no such experiment.
    """
    return _of_one_value(results.final(experiment), experiment, by)


def trace_by(results: Results, experiment: str, *by: str) -> pd.DataFrame:
    """The trace, a row a value of some fields, recorded step and instance. Raises as `final_by` does."""
    return _of_one_value(results.trace(experiment), experiment, by)


def _of_one_value(rows: pd.DataFrame, experiment: str, by: Collection[str]) -> pd.DataFrame:
    others = set(SPECS[rows["study"].iloc[0]].model_fields) - set(by)
    if swept := sorted(field for field in others if rows[field].nunique(dropna=False) > 1):
        raise NotMeasurableError(f"{experiment} sweeps {', '.join(swept)}; the claim is of one value of it")
    return rows
