"""Lines: intercepts, slopes and bends of what the polysemantic part gives out for single features (section 5.2)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import PolyLines
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import DOUBLE, legend_above

PANELS = {
    "poly_intercept": ("output at amplitude 0", (-0.005, 0.005)),
    "poly_slope": ("rise from amplitude 0 to 1", (0.09, 0.16)),
    "poly_slope_range": ("range of the slope over [0, 1]", (0, 0.01)),
}
"""What each panel shows, and the range that the paper gives for most features of one model."""


def draw(figure: PolyLines, results: Results) -> Figure:
    """A panel a measure, a curve a final model, the paper's range in grey."""
    features = results.features(figure.curves)
    looks = Looks.of_batch(features, results.plan.batches[figure.curves].swept, figure.colour)
    drawn = Figure(figsize=(DOUBLE, 2.5), layout="constrained")
    grid = drawn.subplots(1, len(PANELS), sharey=True)
    for axes, (column, (label, paper)) in zip(grid, PANELS.items(), strict=True):
        plot_distributions(axes, features, column, looks)
        axes.axvspan(*paper, color="0.85", zorder=0, label="the paper's range")
        axes.set_xlabel(label)
        axes.locator_params(axis="x", nbins=3)
    grid[0].set_ylabel("share of the features below")
    looks.colours.draw_bar(drawn, beside=list(grid))
    legend_above(drawn, [*looks.handles(features), grid[0].get_legend_handles_labels()[0][-1]])
    return drawn


def plot_distributions(axes: Axes, features: pd.DataFrame, column: str, looks: Looks) -> Axes:
    """The cumulative distribution over the features of each model; those of a setting's seeds together."""
    for rows, look in looks.curves(features.dropna(subset=column)):
        axes.ecdf(rows[column], **look)
    return axes
