"""Noise in the hidden layer in place of the L1 penalty: the fourth norm in training."""

from itertools import cycle

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.companions.incidental import published, theory
from monosemanticity.companions.incidental.figures import marks
from monosemanticity.companions.incidental.figures.averages import plot_band
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import CATEGORIES, DOUBLE, GREY, legend_above

NOISES = {"bernoulli": r"$\pm\sigma$ (Bernoulli)", "gaussian": "Gaussian", "none": "no noise"}


def draw(results: Results) -> Figure:
    """A panel a kind of noise, a curve a strength."""
    trace = results.trace("noise")
    drawn = Figure(figsize=(DOUBLE, 2.5), layout="constrained")
    kinds = dict(iter(trace.groupby("noise")))
    panels = drawn.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    handles: list[Artist] = []
    for axes, (noise, of_kind) in zip(panels, kinds.items(), strict=True):
        handles = plot_fourth_norms(axes, of_kind)
        for value in published.FOURTH_NORMS.get(noise, {}).values():
            axes.plot(of_kind["step"].max(), value, **marks.MARK)
        axes.set(title=NOISES[noise], xlabel="training steps", ylim=(0, 1.02))
        axes.locator_params(axis="x", nbins=4)
    panels[0].set_ylabel("sum of the fourth powers\nof an encoding's weights")
    legend_above(drawn, [*handles, marks.handle()], columns=5)
    return drawn


def plot_fourth_norms(axes: Axes, trace: pd.DataFrame) -> list[Artist]:
    """Means and percentiles over instances; dashed what random directions have."""
    handles: list[Artist] = [
        plot_band(axes, of_sigma, "step", "fourth_norm", color=color, label=rf"$\sigma$ = {sigma:g}")
        for color, (sigma, of_sigma) in zip(cycle(CATEGORIES), trace.groupby("sigma"), strict=False)
    ]
    random = theory.random_fourth_norm(int(trace["m"].iloc[0]))
    return [*handles, axes.axhline(random, color=GREY, linestyle="--", linewidth=0.8, label="$3/(m + 2)$")]
