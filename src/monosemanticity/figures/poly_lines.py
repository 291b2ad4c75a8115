"""Lines: intercepts, slopes and bends of what the polysemantic part gives out for single features (section 5.2)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from monosemanticity.experiment.figures import PolyLines
from monosemanticity.figures import printed
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import DOUBLE, legend_above

PANELS = {
    "poly_intercept": "output at amplitude 0",
    "poly_slope": "rise over [0, 1], in d/N",
    "poly_slope_range": "range of the slope over [0, 1]",
}
"""What each panel shows."""
LARGEST_RANGE = 0.03
"""Where the axis of slope ranges ends: at 3 times what the paper says of most features."""


def draw(figure: PolyLines, results: Results) -> Figure:
    """A panel a measure, a curve a final model."""
    features = in_d_over_N(results.features(figure.curves))
    looks = Looks.of_batch(features, results.plan.batches[figure.curves].swept, figure.colour)
    drawn = Figure(figsize=(DOUBLE, 2.5), layout="constrained")
    grid = drawn.subplots(1, len(PANELS), sharey=True)
    for axes, (column, label) in zip(grid, PANELS.items(), strict=True):
        printed.mark_upright(plot_distributions(axes, features, column, looks), figure.paper, column)
        axes.set_xlabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3, min_n_ticks=3))
    end_ranges(grid[-1], features["poly_slope_range"])
    grid[0].set_ylabel("share of the features below")
    looks.colours.draw_bar(drawn, beside=list(grid))
    legend_above(drawn, [*looks.handles(features), *printed.handles(figure.paper)])
    return drawn


def plot_distributions(axes: Axes, features: pd.DataFrame, column: str, looks: Looks) -> Axes:
    """The cumulative distribution over the features of each model; those of a setting's seeds together."""
    for rows, look in looks.curves(features.dropna(subset=column)):
        axes.ecdf(rows[column], **look)
    return axes


def in_d_over_N(features: pd.DataFrame) -> pd.DataFrame:
    """With slopes in units of d/N, in which the paper's hold for other numbers of features and dimensions."""
    return features.assign(poly_slope=features["poly_slope"] * features["N"] / features["d"])


def end_ranges(axes: Axes, ranges: pd.Series) -> Axes:
    """The axis of slope ranges without what is far beyond the paper's, whose share of all curves' features is said."""
    if (beyond := (ranges > LARGEST_RANGE).mean()) > 0:
        axes.set_xlim(-LARGEST_RANGE / 20, LARGEST_RANGE)
        said = f"{beyond:.2g} of all beyond"
        axes.annotate(said, (0.98, 0.03), xycoords="axes fraction", ha="right", fontsize=7)
    return axes
