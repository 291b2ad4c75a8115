"""The proposed repair: polysemantic neurons before and after each was split in two."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.companions.incidental.figures.averages import plot_errors
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, GREY, ORANGE, SINGLE


def draw(results: Results) -> Figure:
    """Counts above, and below the share of split neurons whose copies took a feature each."""
    rows = results.table("repair")
    end = results.final("repair")
    drawn = Figure(figsize=(SINGLE, 3.8), layout="constrained")
    counts, shares = drawn.subplots(2, 1, sharex=True)
    plot_counts(counts, rows[rows["step"] == rows["split_after"]], end)
    plot_separated(shares, end)
    counts.set_ylim(bottom=0)
    shares.set(xscale="log", xlabel="noise on the two copies", ylim=(0, 1.02))
    shares.set_xticks(sorted(rows["split_noise"].unique()))
    shares.xaxis.set_major_formatter("{x:g}")
    shares.minorticks_off()
    return drawn


def plot_counts(axes: Axes, before: pd.DataFrame, end: pd.DataFrame) -> Axes:
    """Mean and standard error over instances, at the last step before the split and at the end."""
    for label, color, of in (("before the split", GREY, before), ("at the end", BLUE, end)):
        plot_errors(axes, of, "split_noise", "polysemantic_neurons", color=color, marker="o", label=label)
    axes.set_ylabel("# polysemantic neurons")
    axes.legend()
    return axes


def plot_separated(axes: Axes, rows: pd.DataFrame) -> Axes:
    """Mean and standard error over the instances in which a neuron was split."""
    split = rows[rows["split_neurons"] > 0]
    shares = split.assign(separated=split["separated_pairs"] / split["split_neurons"])
    plot_errors(axes, shares, "split_noise", "separated", color=ORANGE, marker="o")
    axes.set_ylabel("share of split neurons whose\ncopies took a feature each")
    return axes
