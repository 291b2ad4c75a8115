"""What makes neurons the basis: no penalty, where only angles count, and neurons with a ReLU."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.companions.incidental.figures.averages import neurons_across, plot_errors
from monosemanticity.companions.incidental.figures.counts import LABEL, plot_prediction
from monosemanticity.companions.incidental.measures import cosines
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, CATEGORIES, DOUBLE, GREY

BINS = np.linspace(-1, 1, 101)
NONLINEARITIES = {"identity": "linear neurons", "relu": "ReLU neurons"}


def draw(results: Results) -> Figure:
    """Angles without a penalty on the left, polysemantic neurons with and without a ReLU on the right."""
    drawn = Figure(figsize=(DOUBLE, 2.5), layout="constrained")
    angles, counts = drawn.subplots(1, 2)
    spec = results.specs("no_penalty")[0]
    for step, color, label in ((0, GREY, "at the start"), (spec.steps, BLUE, "at the end")):
        plot_cosines(angles, results.tensors(spec, step)["W"], color=color, label=label)
    angles.legend()
    plot_nonlinearities(counts, results.final("hidden"))
    counts.legend()
    return drawn


def plot_cosines(axes: Axes, W: np.ndarray, **look) -> Axes:
    """Pairs of features by the cosine between their encodings, of all instances."""
    axes.hist(cosines(W.astype(float)).ravel(), BINS, histtype="step", **look)
    axes.set(xlabel="cosine between two encodings", ylabel="# pairs of features", yscale="log")
    return axes


def plot_nonlinearities(axes: Axes, rows: pd.DataFrame) -> Axes:
    """A curve a nonlinearity: mean and standard error over instances."""
    for color, (hidden, of_hidden) in zip(CATEGORIES, rows.groupby("hidden"), strict=False):
        label = NONLINEARITIES[hidden]
        plot_errors(axes, of_hidden, "m", "polysemantic_neurons", color=color, marker="o", label=label)
    plot_prediction(axes, rows)
    neurons_across(axes).set(ylabel=LABEL, ylim=(-0.5, None))
    return axes
