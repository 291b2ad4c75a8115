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
    styles = _line_styles(rows, swept, colours)
    for (field, value), style in styles.items():
        said = wording.sentence(field, [value])
        entries.append(Line2D([], [], color="black", linestyle=style, label=said))
    if rows["comparison"].any():
        entries.append(Line2D([], [], color=RED, label=difference(rows)))
    return entries


def difference(rows: pd.DataFrame) -> str:
    """The numbers of the comparison run that no run of the sweep has."""
    return textwrap.fill(rows.loc[rows["comparison"], "apart"].iloc[0], width=52)


def _looks(rows: pd.DataFrame, swept: Sequence[str], colours: Colours) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    styles = _line_styles(rows, swept, colours)
    for values, setting in rows[~rows["comparison"]].groupby(list(swept)):
        place = dict(zip(swept, values, strict=True))
        style = next((styles[item] for item in place.items() if item in styles), "-")
        yield setting, {"color": colours.of(place[colours.spacing.field]), "linestyle": style}


def _line_styles(rows: pd.DataFrame, swept: Sequence[str], colours: Colours) -> dict[tuple[str, Any], str]:
    """A line style a value of the field of a grid that the colour does not show; beyond four they repeat."""
    sweep = rows[~rows["comparison"]]
    pairs = [(field, v) for field in swept if field != colours.spacing.field for v in sorted(sweep[field].unique())]
    return {pair: LINE_STYLES[place % len(LINE_STYLES)] for place, pair in enumerate(pairs)}
