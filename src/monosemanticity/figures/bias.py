"""Biases: of every neuron of final models, the most monosemantic first."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Bias
from monosemanticity.figures.colour import BLUES, SEQUENTIAL, Colours
from monosemanticity.figures.curves import Looks, plot_settings
from monosemanticity.figures.results import Results
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import SINGLE, legend_above


def draw(figure: Bias, results: Results) -> Figure:
    """A curve a final model, coloured by what was swept."""
    neurons = ranked(results.neurons(figure.curves))
    swept = results.plan.batches[figure.curves].swept
    beside = neurons["comparison"]
    family = BLUES if beside.any() else SEQUENTIAL
    colours = Colours(Spacing.of(figure.colour, neurons.loc[~beside, figure.colour]), family)

    drawn = Figure(figsize=(SINGLE, 2.6), layout="constrained")
    axes = drawn.subplots()
    looks = Looks.of(neurons, swept, colours)
    plot_biases(axes, neurons, looks)
    colours.draw_bar(drawn, beside=[axes])
    legend_above(drawn, looks.handles(neurons))
    return drawn


def ranked(neurons: pd.DataFrame) -> pd.DataFrame:
    """Neurons with their rank by falling monosemanticity within each model."""
    by_r = neurons.sort_values("r", ascending=False, kind="stable")
    return by_r.assign(rank=by_r.groupby(["run", "comparison"]).cumcount())


def plot_biases(axes: Axes, neurons: pd.DataFrame, looks: Looks) -> Axes:
    """Bias against rank, with a line at zero."""
    plot_settings(axes, neurons, "rank", "bias", looks)
    axes.axhline(0, color="black", linestyle=":", linewidth=0.8)
    axes.set(xlabel="neuron", ylabel="bias")
    return axes
