"""Polysemantic neurons against the number of neurons, beside n^2 / 4m."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from monosemanticity.companions.incidental import published, theory
from monosemanticity.companions.incidental.figures import marks
from monosemanticity.companions.incidental.figures.averages import evenly, neurons_across, plot_errors
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, CATEGORIES, GREY, ORANGE, SINGLE, legend_above

PREDICTED = {"color": GREY, "linestyle": "--", "linewidth": 0.8, "label": "$n^2 / 4m$"}
NECESSARY = {"color": GREY, "linestyle": ":", "linewidth": 1.0, "label": "$n - m$"}
LABEL = "# polysemantic neurons"
SHIFT = 1.05
"""From a curve to the next, as a factor of m."""


def draw_counts(results: Results) -> Figure:
    """Mean and standard error, and what the source prints, in proportion to n."""
    rows = results.final("collisions")
    drawn, axes = _panel()
    n = int(rows["n"].iloc[0])
    scale = n / published.N
    axes.plot([m * scale for m in published.COUNTS], [c * scale for c in published.COUNTS.values()], **marks.MARK)
    curve = plot_errors(axes, rows, "m", "polysemantic_neurons", color=BLUE, marker="o", label="trained models")
    legend_above(drawn, [curve, plot_prediction(axes, rows), marks.handle()], columns=3)
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    return drawn


def draw_penalties(results: Results) -> Figure:
    """A curve a strength of the L1 penalty, mean and standard error, side by side so that none covers another."""
    rows = results.final("penalties")
    drawn, axes = _panel()
    strengths = rows.groupby("l1")
    shifts = SHIFT ** (np.arange(len(strengths)) - (len(strengths) - 1) / 2)
    handles: list[Artist | Container] = []
    for color, shift, (l1, of_l1) in zip(cycle(CATEGORIES), shifts, strengths, strict=False):
        beside = of_l1.assign(m=of_l1["m"] * shift)
        label = rf"$\lambda$ = {l1:g}"
        handles.append(plot_errors(axes, beside, "m", "polysemantic_neurons", color=color, marker="o", label=label))
    legend_above(drawn, [*handles, plot_prediction(axes, rows)], columns=4)
    axes.set_ylim(bottom=0)
    return drawn


def draw_necessary(results: Results) -> Figure:
    """From fewer neurons than features to many more: random starts, and features that start apart."""
    rows = results.final("necessary")
    drawn, axes = _panel()
    starts = {"random": ("random start", BLUE, "o"), "apart": ("features start apart", ORANGE, "s")}
    handles: list[Artist | Container] = [
        plot_errors(
            axes, rows[rows["start"] == start], "m", "polysemantic_neurons", color=color, marker=marker, label=label
        )
        for start, (label, color, marker) in starts.items()
    ]
    n, m = int(rows["n"].iloc[0]), evenly(rows["m"])
    handles += axes.plot(m, theory.necessary_neurons(n, m), **NECESSARY)
    axes.axvline(n, color=GREY, linewidth=0.6)
    axes.annotate("$m = n$", (n, 1), xycoords=("data", "axes fraction"), xytext=(2, -8), textcoords="offset points")
    legend_above(drawn, [*handles, plot_prediction(axes, rows[rows["m"] >= n])])
    axes.set_ylim(bottom=-0.5)
    return drawn


def _panel() -> tuple[Figure, Axes]:
    drawn = Figure(figsize=(SINGLE, 2.6), layout="constrained")
    axes = drawn.subplots()
    neurons_across(axes).set_ylabel(LABEL)
    return drawn, axes


def plot_prediction(axes: Axes, rows: pd.DataFrame) -> Line2D:
    """n^2 / 4m over the m of some rows."""
    m = evenly(rows["m"])
    return axes.plot(m, theory.polysemantic_neurons(int(rows["n"].iloc[0]), m), **PREDICTED)[0]
