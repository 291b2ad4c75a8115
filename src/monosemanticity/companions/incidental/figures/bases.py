"""What makes neurons the basis: no penalty, where only angles count, and neurons with a ReLU."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.companions.incidental.figures.averages import neurons_across, plot_errors
from monosemanticity.companions.incidental.figures.counts import LABEL, plot_prediction
from monosemanticity.companions.incidental.measures import cosines
from monosemanticity.companions.results import Results
from monosemanticity.figures.style import BLUE, CATEGORIES, GREY, SINGLE

BINS = 100
NONLINEARITIES = {"identity": "linear neurons", "relu": "ReLU neurons"}


def draw(results: Results) -> Figure:
    """Angles without a penalty above, polysemantic neurons with and without a ReLU below."""
    drawn = Figure(figsize=(SINGLE, 4.6), layout="constrained")
    angles, counts = drawn.subplots(2, 1)
    spec = results.specs("no_penalty")[0]
    start, end = (cosines(results.tensors(spec, step)["W"].astype(float)) for step in (0, spec.steps))
    plot_cosines(angles, start, end)
    angles.legend()
    plot_nonlinearities(counts, results.final("hidden"))
    counts.legend()
    return drawn


def plot_cosines(
    axes: Axes, start: Float[np.ndarray, "instances pairs"], end: Float[np.ndarray, "instances pairs"]
) -> Axes:
    """Pairs of features by the cosine between their encodings, of all instances; 0 lies between two bins."""
    reach = float(np.nanmax(np.abs([start, end]))) or 1.0
    for of_step, color, label in ((start, GREY, "at the start"), (end, BLUE, "at the end")):
        axes.hist(of_step.ravel(), BINS, range=(-reach, reach), histtype="step", color=color, label=label)
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
