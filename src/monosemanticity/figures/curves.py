"""Curves of a batch: one a setting, the mean over its seeds with a band from the least to the greatest."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from monosemanticity.figures import wording
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.style import RED

LINE_STYLES = ("-", "--", ":", "-.")


def over_seeds(rows: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Mean, least and greatest y at each x, in the order of x."""
    return rows.dropna(subset=y).groupby(x)[y].agg(mean="mean", least="min", greatest="max")


def plot_curve(axes: Axes, rows: pd.DataFrame, x: str, y: str, **look: Any) -> Axes:
    """The mean over seeds, and their range where there are several."""
    curve = over_seeds(rows, x, y)
    axes.plot(curve.index, curve["mean"], **look)
    if rows["seed"].nunique() > 1:
        axes.fill_between(curve.index, curve["least"], curve["greatest"], color=look["color"], alpha=0.25, lw=0)
    return axes


def plot_settings(axes: Axes, rows: pd.DataFrame, x: str, y: str, swept: Sequence[str], colours: Colours) -> Axes:
    """A curve a setting of a batch, the comparison run in red."""
    for setting, look in _looks(rows, swept, colours):
        plot_curve(axes, setting, x, y, **look)
    beside = rows[rows["comparison"]]
    if len(beside):
        plot_curve(axes, beside, x, y, color=RED)
    return axes


def handles(rows: pd.DataFrame, swept: Sequence[str], colours: Colours) -> list[Artist]:
    """Legend entries for what the colour bar does not show: names, line styles, the comparison run."""
    entries = colours.handles()
    others = without(swept, colours.spacing.field)
    for values, style in told_apart(rows[~rows["comparison"]], others, LINE_STYLES).items():
        entries.append(Line2D([], [], color="black", linestyle=style, label=setting(others, values)))
    if rows["comparison"].any():
        entries.append(Line2D([], [], color=RED, label=difference(rows)))
    return entries


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
    return textwrap.fill(rows.loc[rows["comparison"], "apart"].iloc[0], width=52)


def _looks(rows: pd.DataFrame, swept: Sequence[str], colours: Colours) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    coloured = colours.spacing.field
    sweep, others = rows[~rows["comparison"]], without(swept, coloured)
    styles = told_apart(sweep, others, LINE_STYLES)
    for (colour, *values), curve in sweep.groupby([coloured, *others]):
        yield curve, {"color": colours.of(colour), "linestyle": styles.get(tuple(values), LINE_STYLES[0])}
