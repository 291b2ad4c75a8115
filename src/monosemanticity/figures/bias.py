"""Biases: of every neuron of final models, the most monosemantic first."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from monosemanticity.experiment.figures import Bias
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import GREY, SINGLE, legend_above
from monosemanticity.measures.neurons import POSITIVE_BIAS

DEAD = {"color": "0.7", "marker": "x", "linestyle": "none", "markersize": 2}
POINTS = {"marker": ".", "linestyle": "none", "markersize": 2.5, "markeredgewidth": 0}


def draw(figure: Bias, results: Results) -> Figure:
    """A point a neuron, coloured by what was swept; above it how many neurons the band of positive biases has."""
    neurons = ranked(results.neurons(figure.curves))
    looks = Looks.of_batch(neurons, results.plan.batches[figure.curves].swept, figure.colour)

    drawn = Figure(figsize=(SINGLE, 2.8), layout="constrained")
    axes = drawn.subplots()
    plot_biases(axes, neurons, looks)
    axes.set_title(band(neurons, looks))
    looks.colours.draw_bar(drawn, beside=[axes])
    handles = looks.handles(neurons)
    if neurons["strongest_feature"].isna().any():
        handles.append(Line2D([], [], label="never responds", **DEAD))
    legend_above(drawn, handles)
    return drawn


def ranked(neurons: pd.DataFrame) -> pd.DataFrame:
    """Neurons with their rank by falling monosemanticity within each model."""
    by_r = neurons.sort_values("r", ascending=False, kind="stable")
    return by_r.assign(rank=by_r.groupby(["run", "comparison"]).cumcount())


def plot_biases(axes: Axes, neurons: pd.DataFrame, looks: Looks) -> Axes:
    """Bias against rank, neurons that never respond in grey, with lines at zero and at the foot of the band."""
    for rows, look in looks.curves(neurons):
        alive = rows["strongest_feature"].notna()
        axes.plot(rows.loc[alive, "rank"], rows.loc[alive, "bias"], **POINTS, color=look["color"])
        axes.plot(rows.loc[~alive, "rank"], rows.loc[~alive, "bias"], **DEAD, zorder=1)
    axes.axhline(0, color="black", linestyle=":", linewidth=0.8)
    axes.axhline(POSITIVE_BIAS, color=GREY, linestyle="--", linewidth=0.6)
    axes.set(xlabel="neuron, by falling r", ylabel="bias")
    return axes


def band(neurons: pd.DataFrame, looks: Looks) -> str:
    """How many neurons of each setting have a bias above the dashed line, mean over seeds, in words."""
    counts = [(rows["bias"] > POSITIVE_BIAS).sum() / rows["run"].nunique() for rows, _ in looks.curves(neurons)]
    dimensions = ", ".join(str(d + 1) for d in sorted(neurons["d"].unique()))
    return f"b > {POSITIVE_BIAS:g}: {', '.join(f'{count:.4g}' for count in counts)} neurons; d + 1 = {dimensions}"
