"""Features that occur together: polysemantic neurons against how often a second feature is there."""

from matplotlib.figure import Figure

from monosemanticity.companions.incidental.figures.averages import PER_MODEL_LABEL, plot_errors
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, ORANGE, SINGLE, legend_above

LINEAR_BELOW = 0.003
"""Of the axis of q, so that 0 has a place."""


def draw(results: Results) -> Figure:
    """Polysemantic neurons and features that dropped out, mean and standard error."""
    rows = results.final("co_occurrence")
    drawn = Figure(figsize=(SINGLE, 2.6), layout="constrained")
    axes = drawn.subplots()
    shown = {
        "polysemantic_neurons": ("polysemantic neurons", BLUE, "o"),
        "dropped_features": ("features that dropped out", ORANGE, "s"),
    }
    handles = [
        plot_errors(axes, rows, "co_occurrence", column, color=color, marker=marker, label=label)
        for column, (label, color, marker) in shown.items()
    ]
    axes.set_xscale("symlog", linthresh=LINEAR_BELOW)
    axes.set(xlabel="probability $q$ of a second feature", ylabel=PER_MODEL_LABEL, xlim=(-LINEAR_BELOW / 10, None))
    legend_above(drawn, handles)
    return drawn
