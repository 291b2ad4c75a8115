"""The scatter of figure 9: monosemantic neurons per feature by initial mean bias and feature frequency."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Scatter
from monosemanticity.figures import converged, wording
from monosemanticity.figures.colour import SEQUENTIAL
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import PER_FEATURE_LABEL, SINGLE, legend_above

SHOWN = (-0.4, 0.0)
"""Initial mean biases."""
POINT = 7
"""Across, in points."""
CENTRE = {"marker": "o", "linestyle": "none", "markersize": 3, "markeredgewidth": 0, "color": "white"}
"""Of a point whose runs have not converged."""


def draw(figure: Scatter, results: Results) -> Figure:
    """A point a setting, coloured by its monosemantic neurons per feature."""
    models = pd.concat([results.models(batch) for batch in figure.points])
    settings = settings_of(models)
    drawn = Figure(figsize=(SINGLE, 2.8), layout="constrained")
    axes = drawn.subplots()
    drawn.colorbar(plot_points(axes, settings), ax=axes, label=PER_FEATURE_LABEL)
    plot_scale(axes, models["epsilon"])
    handles = axes.get_legend_handles_labels()[0]
    if not settings["converged"].all():
        handles.append(converged.handle(markersize=5, markeredgewidth=2))
    legend_above(drawn, handles)
    return drawn


def settings_of(models: pd.DataFrame) -> pd.DataFrame:
    """Of each setting in the range shown the mean over seeds, and whether most of its runs have converged."""
    inside = models[models["bias_offset"].between(*SHOWN)]
    rows = [
        (*setting, runs["per_feature"].mean(), converged.most_converged(runs))
        for setting, runs in inside.groupby(["bias_offset", "epsilon"])
    ]
    settings = pd.DataFrame(rows, columns=["bias_offset", "epsilon", "per_feature", "converged"])
    return settings.astype({"bias_offset": float, "epsilon": float, "per_feature": float, "converged": bool})


def plot_points(axes: Axes, settings: pd.DataFrame) -> ScalarMappable:
    """A point a setting, with a white centre where few of its runs have converged; returns their colour scale."""
    log2_epsilon = np.log2(settings["epsilon"])
    look = {"s": POINT**2, "cmap": SEQUENTIAL.map(), "vmin": 0, "linewidths": 0}
    points = axes.scatter(settings["bias_offset"], log2_epsilon, c=settings["per_feature"], zorder=2, **look)
    drifting = ~settings["converged"]
    axes.plot(settings.loc[drifting, "bias_offset"], log2_epsilon[drifting], **CENTRE, zorder=3)
    margin = 0.02
    axes.set_xlim(SHOWN[0] - margin, SHOWN[1] + margin)
    axes.set_xlabel(wording.label("bias_offset"))
    axes.set_ylabel(r"$\log_2$ ε")
    return points


def plot_scale(axes: Axes, epsilon: pd.Series) -> Axes:
    """The bias scale -sqrt(epsilon) as a black curve, behind the points."""
    log2_epsilon = np.linspace(np.log2(epsilon.min()) - 0.5, np.log2(epsilon.max()) + 0.5, 100)
    axes.plot(-np.sqrt(2**log2_epsilon), log2_epsilon, color="black", zorder=1, label="\N{MINUS SIGN}√ε")
    axes.set_ylim(log2_epsilon[0], log2_epsilon[-1])
    return axes
