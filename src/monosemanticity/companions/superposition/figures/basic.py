"""The absolute value with neurons to spare: its weights as matrices, as a stack plot and as a graph."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.best import best_models
from monosemanticity.companions.superposition.figures import graph, stack
from monosemanticity.companions.superposition.figures.matrix import plot_matrix
from monosemanticity.companions.superposition.model import rescaled
from monosemanticity.figures.style import CATEGORIES, DOUBLE, legend_above


def draw(results: Results) -> Figure:
    """The best instance, rescaled."""
    spec, model = best_models(results, "basic")[0]
    model, order, features = rescaled(model), stack.by_importance(model), range(spec.n)
    colours = [CATEGORIES[feature % len(CATEGORIES)] for feature in features]
    drawn = Figure(figsize=(DOUBLE, 2.7), layout="constrained")
    axes = drawn.subplot_mosaic([["W1", "stack", "graph"], ["W2", "stack", "graph"]], width_ratios=(1, 1, 1.2))
    for name, weights in {"W1": model.W1.T, "W2": model.W2}.items():
        image = plot_matrix(axes[name], weights[:, order], 1)
        axes[name].set_ylabel({"W1": "input", "W2": "output"}[name])
        axes[name].set_title({"W1": "$W_1^T$", "W2": "$W_2$"}[name])
        axes[name].set(xticks=range(spec.m), yticks=features)
    drawn.colorbar(image, ax=[axes["W1"], axes["W2"]], label="weight")
    stack.plot_stack(axes["stack"], model.W1[order], colours)
    axes["stack"].set(title="stacked $W_1$", xticks=np.arange(spec.m))
    for name in ("W2", "stack"):
        axes[name].set_xlabel("neuron")
        axes[name].set_xticklabels(order)
    axes["W1"].set_xticklabels([])
    graph.plot_graph(axes["graph"], model, features, order.tolist())
    patches = [Patch(color=colour, label=f"$x_{feature}$") for feature, colour in enumerate(colours)]
    legend_above(drawn, [*patches, *graph.HANDLES], columns=len(patches) + len(graph.HANDLES))
    return drawn
