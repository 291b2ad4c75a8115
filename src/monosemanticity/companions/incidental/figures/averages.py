"""Curves of means over instances, with their standard error or with percentiles."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D

PER_MODEL_LABEL = "number per model"
PERCENTILES = (10, 90)
BAND = {"alpha": 0.2, "linewidth": 0}


def plot_errors(axes: Axes, rows: pd.DataFrame, x: str, y: str, **look) -> ErrorbarContainer:
    """Mean and standard error over instances at each x."""
    of_x = rows.groupby(x)[y].agg(["mean", "sem"])
    return axes.errorbar(of_x.index, of_x["mean"], of_x["sem"], capsize=2, **look)


def plot_band(axes: Axes, rows: pd.DataFrame, x: str, y: str, **look) -> Line2D:
    """Mean over instances at each x, and where four of five of them lie."""
    of_x = rows.groupby(x)[y]
    low, high = (of_x.quantile(percentile / 100) for percentile in PERCENTILES)
    (line,) = axes.plot(of_x.mean().index, of_x.mean(), **look)
    axes.fill_between(low.index, low, high, color=line.get_color(), **BAND)
    return line


def neurons_across(axes: Axes) -> Axes:
    """The number of neurons along the x-axis, logarithmic, with its powers of two written out."""
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("neurons $m$")
    return axes


def evenly(over: pd.Series) -> np.ndarray:
    """Places for a smooth curve on a logarithmic axis, from the least of some values to the largest."""
    return np.geomspace(over.min(), over.max(), 100)
