"""Weights as the edges of a graph, from inputs through neurons to outputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from monosemanticity.companions.superposition.model import Model

DASHES = (4.0, 2.0)
"""Of a negative weight's edge: lengths of a dash and of a gap in points, whatever the width of the edge."""
SEEN = 0.05
"""A smaller weight has no edge."""
WIDEST = 4.0
"""Of an edge, in points; its width is the weight's size up to there, in points for 1."""


def look(weight: float) -> dict[str, Any]:
    """Of the edge of a weight: solid where it is positive, dashed where it is negative."""
    width = min(abs(weight), WIDEST)
    # A pattern is in units of the width: dashes of thin edges would be too short to see.
    dashed = (0, tuple(length / width for length in DASHES))
    return {"color": "black", "linewidth": width, "linestyle": "-" if weight > 0 else dashed}


HANDLES = [
    Line2D([], [], **look(1.0), label="positive weight"),
    Line2D([], [], **look(-1.0), label="negative weight"),
]


def plot_graph(axes: Axes, model: Model, features: Sequence[int], neurons: Sequence[int]) -> Axes:
    """The edges between some features, on both sides, and some neurons, in the order given from the top."""
    chosen_W1, chosen_W2 = model.W1[np.ix_(neurons, features)], model.W2[np.ix_(features, neurons)]
    at_features, at_neurons = places(len(features)), places(len(neurons))
    plot_edges(axes, chosen_W1.T, 0, at_features, at_neurons)
    plot_edges(axes, chosen_W2.T, 1, at_neurons, at_features)
    columns = {"x": (0, features, at_features), "h": (1, neurons, at_neurons), "y": (2, features, at_features)}
    for symbol, (across, members, heights) in columns.items():
        for member, height in zip(members, heights, strict=True):
            label = {"ha": "center", "va": "center", "fontsize": 7, "zorder": 3}
            circle = {"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": "black", "linewidth": 0.6}
            axes.text(across, height, f"${symbol}_{{{member}}}$", bbox=circle, **label)
    axes.set(xlim=(-0.2, 2.2), ylim=(-0.12, 1.12))
    axes.set_axis_off()
    return axes


def places(count: int) -> Float[np.ndarray, " count"]:
    """Heights of so many nodes, from the top: 1 to 0, with half a space at the ends."""
    return 1 - (np.arange(count) + 0.5) / count


def plot_edges(
    axes: Axes,
    weights: Float[np.ndarray, "sources targets"],
    across: int,
    sources: Float[np.ndarray, " sources"],
    targets: Float[np.ndarray, " targets"],
) -> Axes:
    """The edges from one column of nodes to the next."""
    for source, target in zip(*np.nonzero(np.abs(weights) > SEEN), strict=True):
        heights = [sources[source], targets[target]]
        axes.plot([across, across + 1], heights, **look(weights[source, target]), zorder=1)
    return axes
