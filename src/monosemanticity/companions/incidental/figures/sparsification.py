"""Sparsification without interference: nonzero weights and their sum against time, beside the predictions."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.companions.incidental import theory
from monosemanticity.companions.incidental.figures.averages import evenly, plot_band
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, ORANGE, SINGLE, legend_above

SHOWN = {
    "nonzero_entries": ("nonzero weights $m'$", BLUE, theory.nonzero_entries),
    "l1_norm": (r"$\Vert W_i \Vert_1$", ORANGE, theory.l1_norm),
}
"""Of each column its words, colour and prediction."""


def draw(results: Results) -> Figure:
    """Both on one pair of logarithmic axes."""
    trace = results.trace("sparsification")
    drawn = Figure(figsize=(SINGLE, 2.8), layout="constrained")
    axes = drawn.subplots()
    plot_sparsification(axes, trace)
    legend_above(drawn, axes.get_legend_handles_labels()[0])
    return drawn


def plot_sparsification(axes: Axes, trace: pd.DataFrame) -> Axes:
    """Against t, steps times their size; dashed what is predicted."""
    rows = trace[trace["step"] > 0].assign(t=trace["step"] * trace["learning_rate"])
    t = evenly(rows["t"])
    for column, (label, color, predicted) in SHOWN.items():
        plot_band(axes, rows, "t", column, color=color, label=label)
        of_run = rows.iloc[0]
        label = f"{label}, predicted"
        axes.plot(t, predicted(t, int(of_run["m"]), float(of_run["l1"])), color=color, linestyle="--", label=label)
    axes.set(xscale="log", yscale="log", xlabel="time $t$", ylabel="per feature")
    return axes
