"""The scatter of figure 9: monosemantic neurons by initial mean bias and feature frequency."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Scatter
from monosemanticity.figures import wording
from monosemanticity.figures.colour import SEQUENTIAL
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import SINGLE
from monosemanticity.tables.rows import final

SHOWN = (-0.4, 0.0)
"""Initial mean biases."""


def draw(figure: Scatter, results: Results) -> Figure:
    """A point a setting, coloured by its monosemantic neurons."""
    models = pd.concat([final(results.measures(batch)) for batch in figure.points])
    drawn = Figure(figsize=(SINGLE, 2.6), layout="constrained")
    axes = drawn.subplots()
    drawn.colorbar(plot_points(axes, models), ax=axes, label="# mono neurons")
    plot_scale(axes, models["epsilon"])
    return drawn


def plot_points(axes: Axes, models: pd.DataFrame) -> ScalarMappable:
    """The mean over seeds of the mono neurons of each setting in the range shown; returns their colour scale."""
    inside = models[models["bias_offset"].between(*SHOWN)]
    settings = inside.groupby(["bias_offset", "epsilon"], as_index=False)["mono_neurons"].mean()
    points = axes.scatter(
        settings["bias_offset"],
        np.log2(settings["epsilon"]),
        c=settings["mono_neurons"],
        s=45,
        cmap=SEQUENTIAL.map(),
    )
    margin = 0.02
    axes.set_xlim(SHOWN[0] - margin, SHOWN[1] + margin)
    axes.set_xlabel(wording.label("bias_offset"))
    axes.set_ylabel(r"$\log_2$ ε")
    return points


def plot_scale(axes: Axes, epsilon: pd.Series) -> Axes:
    """The bias scale -sqrt(epsilon) as a black curve."""
    log2_epsilon = np.linspace(np.log2(epsilon.min()) - 0.5, np.log2(epsilon.max()) + 0.5, 100)
    axes.plot(-np.sqrt(2**log2_epsilon), log2_epsilon, color="black")
    axes.set_ylim(log2_epsilon[0], log2_epsilon[-1])
    return axes
