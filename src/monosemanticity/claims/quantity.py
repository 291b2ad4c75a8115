"""A number that decides a claim: one value a seed, the range that the claim allows, and what follows from both."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

CONFIDENCE = 0.95
Verdict = Literal["reproduced", "not reproduced", "undecided", "consistent", "not consistent", "not measurable here"]


@dataclass(frozen=True)
class Quantity:
    """A number of each seed, and where the claim has it.

    The unit is a seed: neurons, features and steps of one model are not independent.
    """

    name: str
    of_seeds: pd.Series
    """By seed."""
    at_least: float = -math.inf
    at_most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    ours: bool = False
    """Whether the paper leaves the bounds open, so that they are chosen here."""

    @property
    def mean(self) -> float:
        return float(self.of_seeds.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The t interval of the mean over seeds; of one seed there is none, and it is the value itself.

        Seeds that are all equal have an interval of no width.
        """
        values = self.of_seeds.to_numpy(dtype=float)
        if values.min() == values.max() or (error := stats.sem(values)) == 0:
            return float(values[0]), float(values[0])
        low, high = stats.t.interval(CONFIDENCE, len(values) - 1, self.mean, error)
        return float(low), float(high)

    @property
    def bounds(self) -> dict[str, float]:
        """Those that there are, by their words."""
        named = {
            "at least": self.at_least,
            "at most": self.at_most,
            "above": self.above,
            "below": self.below,
        }
        return {words: bound for words, bound in named.items() if math.isfinite(bound)}

    @property
    def verdict(self) -> Verdict:
        """Whether the interval lies inside the bounds, wholly outside, or over one of them."""
        low, high = self.interval
        inside = self.at_least <= low and high <= self.at_most and self.above < low and high < self.below
        outside = high < self.at_least or low > self.at_most or high <= self.above or low >= self.below
        if len(self.of_seeds) == 1:
            return "consistent" if inside else "not consistent"
        return "reproduced" if inside else "not reproduced" if outside else "undecided"


def worst(quantities: list[Quantity]) -> Verdict:
    """The verdict on a claim that asks for several numbers: all must be inside, one outside is enough against it."""
    verdicts = {quantity.verdict for quantity in quantities}
    order: tuple[Verdict, ...] = ("not reproduced", "not consistent", "undecided", "consistent")
    return next((verdict for verdict in order if verdict in verdicts), "reproduced")


def slopes(of: pd.DataFrame, over: pd.DataFrame) -> pd.Series:
    """The least-squares slope, of each seed, of one table over another, a row a seed; 0 over what is always the same.

    A continuous number, so that its t interval means what it says: rank correlations of few values agree by chance.
    """
    of, over = (table.sub(table.mean(axis=1), axis=0) for table in (of, over))
    return ((of * over).sum(axis=1) / (over**2).sum(axis=1)).fillna(0)


def rising(table: pd.DataFrame) -> pd.Series:
    """By how much each seed's values rise from one value of what is swept to the next, by least squares."""
    places = [range(len(table.columns))] * len(table)
    return slopes(table, pd.DataFrame(places, table.index, table.columns))


def least(table: pd.DataFrame) -> pd.Series:
    """Each seed's value at the setting whose mean over seeds is least.

    One setting for all seeds: the least of each seed by itself would be lower by chance, the more settings the lower.
    """
    return table[table.mean().fillna(math.inf).idxmin()]


def most(table: pd.DataFrame) -> pd.Series:
    """Each seed's value at the setting whose mean over seeds is largest."""
    return table[table.mean().fillna(-math.inf).idxmax()]


def log_ratio(one: pd.DataFrame | pd.Series, other: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """log(one / other), by which losses are compared: of equal seeds, as they see the same samples."""
    return np.log(one / other)
