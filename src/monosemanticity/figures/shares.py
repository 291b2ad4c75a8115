"""Shares: how many features have one, several, an almost monosemantic neuron, or none (section 4.1.1)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Shares
from monosemanticity.figures import curves, wording
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, GREY, ORANGE, SKY, legend_above

PARTS = {
    "one mono neuron": (lambda models: models["one_mono_features"], BLUE),
    "several": (lambda models: models["mono_features"] - models["one_mono_features"], SKY),
    "none, one almost mono (r > 0.9)": (lambda models: models["almost_mono_features"], ORANGE),
    "none": (lambda models: models["N"] - models["mono_features"] - models["almost_mono_features"], GREY),
}
"""What a bar is made of, from its foot, and its colour."""
COLUMN = 22
"""The width of a column of numbers, in points."""


def draw(figure: Shares, results: Results) -> Figure:
    """A panel a batch, a bar a setting."""
    count = len(figure.bars)
    drawn = Figure(figsize=(DOUBLE, 0.9 + 1.5 * count), layout="constrained")
    grid = drawn.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for axes, batch in zip(grid, figure.bars, strict=True):
        plot_shares(axes, results.models(batch), results.plan.batches[batch].swept)
        axes.set_title(batch, loc="left")
    grid[-1].set_xlabel("share of the features")
    legend_above(drawn, grid[0].get_legend_handles_labels()[0], columns=4)
    return drawn


def plot_shares(axes: Axes, models: pd.DataFrame, swept: list[str]) -> Axes:
    """Bars that lie across, the first setting on top; the mean over seeds, with the numbers of features beside."""
    settings = [
        (rows, curves.difference(rows) if comparison else curves.setting(swept, values))
        for (*values, comparison), rows in models.groupby([*swept, "comparison"], sort=False)
    ]
    labels = [label for _, label in settings]
    feet = [0.0] * len(settings)
    for place, (name, (part, color)) in enumerate(PARTS.items()):
        beside = {"xytext": (COLUMN * (place + 0.6), 0), "textcoords": "offset points", "ha": "center", "fontsize": 7}
        axes.annotate("\N{BLACK SQUARE}", (1, 1), xycoords="axes fraction", color=color, va="bottom", **beside)
        counts = [part(rows).mean() for rows, _ in settings]
        widths = [count / rows["N"].iloc[0] for count, (rows, _) in zip(counts, settings, strict=True)]
        axes.barh(labels, widths, left=feet, color=color, label=name, height=0.7)
        for row, count in enumerate(counts):
            axes.annotate(
                wording.mean_count(count), (1, row), xycoords=axes.get_yaxis_transform(), va="center", **beside
            )
        feet = [foot + width for foot, width in zip(feet, widths, strict=True)]
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    return axes
