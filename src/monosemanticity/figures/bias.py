"""Biases: of every neuron of final models, the most monosemantic first, and how many are positive."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from monosemanticity.experiment.figures import Bias
from monosemanticity.figures import converged, printed, wording
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import DOUBLE, GREY, legend_above
from monosemanticity.measures.neurons import POSITIVE_BIAS

POINTS = {"marker": ".", "linestyle": "none", "markersize": 2.5, "markeredgewidth": 0}
FOOT = {"color": GREY, "linestyle": "--", "linewidth": 0.6}
D_PLUS_1 = {"color": "black", "linestyle": "--", "linewidth": 0.8}
BRACKET = {"color": "black", "linewidth": 0.8, "marker": "|", "markersize": 4, "clip_on": False}
ABOVE, APART = 1.03, 0.1
"""Where brackets stand, in heights of the panel."""
COUNT = {"marker": "o", "linestyle": "none"}
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
A_SETTING = 0.14
"""The height in inches of a line of the counts."""


def draw(figure: Bias, results: Results) -> Figure:
    """A point a neuron, in a strip of its own if it is silent; beside them counts, which name the colours."""
    planned = results.plan.batches[figure.curves]
    models = results.models(figure.curves)[["run", "comparison", "converged"]]
    neurons = ranked(results.neurons(figure.curves)).merge(models, on=["run", "comparison"])
    looks = Looks.of_batch(neurons, planned.swept, figure.colour)
    settings = sum(1 for _ in looks.curves(neurons))
    first = neurons[neurons["seed"] == planned.members[0].spec.seed]  # more would hide one another
    silent = first["strongest_feature"].isna()

    layout = [["biases", "counts"], *([["silent", "counts"]] if silent.any() else [])]
    drawn = Figure(figsize=(DOUBLE, max(3.0, 1.2 + A_SETTING * settings)), layout="constrained")
    panels = drawn.subplot_mosaic(layout, width_ratios=(5, 2), height_ratios=(3, 1)[: len(layout)])
    plot_biases(panels["biases"], first[~silent], looks)
    plot_brackets(panels["biases"], first)
    panels["biases"].axhline(0, color="black", linestyle=":", linewidth=0.8)
    panels["biases"].axhline(POSITIVE_BIAS, **FOOT)
    panels["biases"].set_ylabel("bias")
    if silent.any():
        plot_biases(panels["silent"], first[silent], looks).set_ylabel("bias\n(silent)")
        panels["silent"].sharex(panels["biases"])
        panels["biases"].tick_params(labelbottom=False)
    panels[layout[-1][0]].set_xlabel("neuron, by falling r")
    counts = plot_counts(panels["counts"], neurons, looks, planned.swept)
    printed.mark_upright(counts, figure.paper, "positive_bias_neurons")
    lines = [
        Line2D([], [], label=f"b = {POSITIVE_BIAS:g}", **FOOT),
        Line2D([], [], label=f"d + 1 = {', '.join(map(str, sorted(neurons['d'].unique() + 1)))}", **D_PLUS_1),
    ]
    if any(not converged.most_converged(rows) for rows, _ in looks.curves(neurons)):
        lines.append(converged.handle())
    named = looks._replace(styles={}).handles(neurons)  # the counts name what else was swept
    legend_above(drawn, [*named, *lines, *printed.handles(figure.paper)], columns=4)
    return drawn


def ranked(neurons: pd.DataFrame) -> pd.DataFrame:
    """Neurons with their rank by falling monosemanticity within each model, the last that responds of all at one place.

    There the bands of positive biases end, which are to be compared.
    """
    by_r = neurons.sort_values("r", ascending=False, kind="stable")
    models = by_r.groupby(["run", "comparison"])
    responding = by_r["strongest_feature"].notna().groupby([by_r["run"], by_r["comparison"]]).transform("sum")
    return by_r.assign(rank=models.cumcount() + responding.max() - responding)


def plot_biases(axes: Axes, neurons: pd.DataFrame, looks: Looks) -> Axes:
    """Bias against rank."""
    for rows, look in looks.curves(neurons):
        axes.plot(rows["rank"], rows["bias"], **POINTS, color=look["color"])
    return axes


def plot_brackets(axes: Axes, neurons: pd.DataFrame) -> Axes:
    """Above the panel as many neurons as d + 1, up to the last that responds, a bracket a d."""
    responding = neurons[neurons["strongest_feature"].notna()]
    for place, (d, models) in enumerate(responding.groupby("d")):
        last, height = models["rank"].max(), ABOVE + APART * place
        ends = (last - d, last)
        axes.plot(ends, (height, height), transform=axes.get_xaxis_transform(), **BRACKET)
        said = {"xytext": (-4, 0), "textcoords": "offset points", "ha": "right", "va": "center", "fontsize": 7}
        axes.annotate(f"d + 1 = {d + 1}", (ends[0], height), xycoords=axes.get_xaxis_transform(), **said)
    return axes


def plot_counts(axes: Axes, neurons: pd.DataFrame, looks: Looks, swept: Sequence[str]) -> Axes:
    """How many neurons of each setting have a bias above the foot of the band: a dot a seed, their mean in words.

    The dots are hollow where most of the seeds have not converged.
    """
    settings = []
    for place, (rows, look) in enumerate(looks.curves(neurons)):
        counts = (rows["bias"] > POSITIVE_BIAS).groupby(rows["run"]).sum()
        mark = COUNT if converged.most_converged(rows) else COUNT | converged.HOLLOW
        axes.plot(counts, [place] * len(counts), color=look["color"], clip_on=False, **mark)
        said = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", "fontsize": 7, "bbox": ON_WHITE}
        axes.annotate(wording.mean_count(counts.mean()), (counts.max(), place), **said)
        of = [wording.text(field, rows[field].tolist()[0]) for field in swept]
        settings.append("red" if rows["comparison"].all() else ", ".join(of))
    for d in neurons["d"].unique():
        axes.axvline(d + 1, **D_PLUS_1)
    axes.set_yticks(range(len(settings)), settings)
    axes.set_ylim(-0.6, len(settings) - 0.4)
    axes.set_xlim(0, 1.25 * axes.get_xlim()[1])
    axes.set(xlabel=f"# neurons with b > {POSITIVE_BIAS:g}", ylabel=", ".join(map(wording.label, swept)))
    return axes
