"""Collisions in training: benign and malign ones, polysemantic neurons and features that dropped out."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.companions.incidental import theory
from monosemanticity.companions.incidental.figures.averages import PER_MODEL_LABEL, plot_band
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, GREEN, GREY, ORANGE, PINK, SINGLE, legend_above

SHOWN = {
    "benign_collisions": ("benign collisions", BLUE),
    "malign_collisions": ("malign collisions", ORANGE),
    "polysemantic_neurons": ("polysemantic neurons", GREEN),
    "dropped_features": ("features that dropped out", PINK),
}


def draw(results: Results) -> Figure:
    """All counts of the kept models on one pair of axes."""
    drawn = Figure(figsize=(SINGLE, 2.8), layout="constrained")
    axes = drawn.subplots()
    plot_course(axes, results.table("course"))
    legend_above(drawn, axes.get_legend_handles_labels()[0])
    return drawn


def plot_course(axes: Axes, rows: pd.DataFrame) -> Axes:
    """Means and percentiles over instances against the training step; dashed n^2 / 4m."""
    for column, (label, color) in SHOWN.items():
        plot_band(axes, rows, "step", column, color=color, label=label)
    predicted = theory.polysemantic_neurons(int(rows["n"].iloc[0]), int(rows["m"].iloc[0]))
    axes.axhline(predicted, color=GREY, linestyle="--", linewidth=0.8, label="$n^2 / 4m$")
    axes.set_xscale("symlog", base=2, linthresh=1)
    axes.set(xlabel="training steps", ylabel=PER_MODEL_LABEL, xlim=(0, rows["step"].max()))
    return axes
