"""Shares: how many features have one, several, an almost monosemantic neuron, or none (section 4.1.1)."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Printed, Shares
from monosemanticity.figures import curves, printed, wording
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, GREY, ORANGE, PALE, SKY, legend_above

PARTS = {
    "one mono neuron": (lambda models: models["one_mono_features"], BLUE),
    "several": (lambda models: models["mono_features"] - models["one_mono_features"], SKY),
    "none, one almost mono (r > 0.9)": (lambda models: models["almost_mono_features"], ORANGE),
    "none": (lambda models: models["N"] - models["mono_features"] - models["almost_mono_features"], GREY),
}
"""What a bar is made of, from its foot, and its colour."""
COLUMN = 22
"""The width of a column of numbers, in points."""
A_SEED = {"marker": "o", "linestyle": "none", "markersize": 2, "color": "black", "markeredgewidth": 0}


def draw(figure: Shares, results: Results) -> Figure:
    """A panel a batch, a bar a setting."""
    count = len(figure.bars)
    drawn = Figure(figsize=(DOUBLE, 0.9 + 1.5 * count), layout="constrained")
    grid = drawn.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for axes, batch in zip(grid, figure.bars, strict=True):
        models = results.models(batch)
        plot_shares(axes, models, results.plan.batches[batch].swept, figure.paper)
        starts = wording.sentence("bias_offset", sorted(models["bias_offset"].unique()))
        axes.set_title(f"{batch}, {starts}", loc="left")
    grid[-1].set_xlabel("share of the features")
    legend_above(drawn, [*grid[0].get_legend_handles_labels()[0], *printed.handles(figure.paper)], columns=5)
    return drawn


def plot_shares(axes: Axes, models: pd.DataFrame, swept: list[str], paper: Sequence[Printed] = ()) -> Axes:
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
    for row, (rows, _) in enumerate(settings):
        mark_bar(axes, row, rows, paper)
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    return axes


def mark_bar(axes: Axes, row: int, models: pd.DataFrame, paper: Sequence[Printed]) -> Axes:
    """Where the first part of a bar ends for each of several seeds, and what the paper prints of such models."""
    if len(models) > 1:
        axes.plot(models["one_mono_features"] / models["N"], [row] * len(models), **A_SEED)
    for each in paper:
        if each.is_of(models.iloc[0].to_dict()):
            axes.plot([each.ends] * 2, [row - 0.5, row + 0.5], color=PALE)
    return axes
