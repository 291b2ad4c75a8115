"""Curves of a batch: one a setting, the mean over its seeds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from monosemanticity.figures import wording
from monosemanticity.figures.colour import SEQUENTIAL, Colours, Family
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import RED

LINE_STYLES = ("-", "--", ":", "-.")
BESIDE_RED = Family("YlGnBu", 0.35, 1.0)
"""Of a sweep beside a comparison run in red: from green to blue, so that near values differ in hue too."""

A_SEED = {"linewidth": 0.4, "alpha": 0.6}


def over_seeds(rows: pd.DataFrame, x: str, y: str) -> pd.Series:
    """Mean y at each x, in the order of x."""
    return rows.dropna(subset=y).groupby(x)[y].mean()


def plot_curve(axes: Axes, rows: pd.DataFrame, x: str, y: str, **look: Any) -> Axes:
    """The mean over seeds and, where there are several, each of them as a thin line."""
    mean = over_seeds(rows, x, y)
    axes.plot(mean.index, mean, **look)
    if rows["seed"].nunique() > 1:
        for _, seed in rows.dropna(subset=y).groupby("seed"):
            axes.plot(seed[x], seed[y], **look | A_SEED)
    return axes


class Looks(NamedTuple):
    """How curves are told apart: by colour, and by a line style for each combination of what else was swept."""

    colours: Colours
    others: Sequence[str]
    styles: Mapping[tuple, str]

    @classmethod
    def of(cls, rows: pd.DataFrame, swept: Sequence[str], colours: Colours) -> Self:
        """Of all the curves of a figure, whose styles then mean the same everywhere."""
        others = without(swept, colours.spacing.field)
        return cls(colours, others, told_apart(rows[~rows["comparison"]], others, LINE_STYLES))

    @classmethod
    def of_batch(cls, rows: pd.DataFrame, swept: Sequence[str], colour: str) -> Self:
        """Of the curves of one batch, from green to blue where a comparison run in red is beside them."""
        beside = rows["comparison"]
        spacing = Spacing.of(colour, rows.loc[~beside, colour])
        return cls.of(rows, swept, Colours(spacing, BESIDE_RED if beside.any() else SEQUENTIAL))

    def handles(self, rows: pd.DataFrame) -> list[Artist]:
        """Legend entries for what the colour bar does not show: names, line styles, the comparison run."""
        entries = self.colours.handles()
        for values, style in self.styles.items():
            entries.append(Line2D([], [], color="black", linestyle=style, label=setting(self.others, values)))
        if rows["comparison"].any():
            entries.append(Line2D([], [], color=RED, label=difference(rows)))
        return entries

    def curves(self, rows: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
        """The rows of each setting with its look, and of the comparison run, in red."""
        sweep = rows[~rows["comparison"]]
        for (colour, *values), curve in sweep.groupby([self.colours.spacing.field, *self.others]):
            yield curve, {"color": self.colours.of(colour), "linestyle": self.styles.get(tuple(values), LINE_STYLES[0])}
        if rows["comparison"].any():
            yield rows[rows["comparison"]], {"color": RED, "linestyle": LINE_STYLES[0]}


def without(swept: Sequence[str], *fields: str | None) -> list[str]:
    """The swept fields but those that a figure shows by an axis or a colour."""
    return [field for field in swept if field not in fields]


def told_apart(rows: pd.DataFrame, fields: Sequence[str], looks: Sequence[str]) -> dict[tuple, str]:
    """A look for every combination of the fields' values; where there are more of them than looks, they repeat."""
    combinations = sorted(set(zip(*(rows[field] for field in fields), strict=True)))
    return {values: looks[place % len(looks)] for place, values in enumerate(combinations)}


def setting(fields: Sequence[str], values: Sequence[float | str]) -> str:
    """Each field with its value: 'learning rate 0.001, k = 16'."""
    return ", ".join(wording.sentence(field, [value]) for field, value in zip(fields, values, strict=True))


def difference(rows: pd.DataFrame) -> str:
    """The numbers of the comparison run that no run of the sweep has."""
    return rows.loc[rows["comparison"], "apart"].iloc[0].replace(", ", ",\n")
