"""The identity by regime: W and its stack plot, of the best instance at each sparsity."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.best import best_models
from monosemanticity.companions.superposition.figures import stack
from monosemanticity.companions.superposition.figures.matrix import plot_matrix
from monosemanticity.figures.style import DOUBLE, legend_above

LIMIT = 1.5
"""Where the colours of W end."""


def draw(results: Results) -> Figure:
    """A column a sparsity, dense features first: W above, features downwards, and the stacks of its neurons below."""
    models = best_models(results, "regimes")
    drawn = Figure(figsize=(DOUBLE, 3.4), layout="constrained")
    grid = drawn.subplots(2, len(models), sharex="col", sharey="row", squeeze=False)
    for (above, below), (spec, model) in zip(grid.T, models, strict=True):
        order = stack.by_importance(model)
        image = plot_matrix(above, model.W1[order].T, LIMIT)
        above.set_title(f"$1 - S$ = {spec.active:g}")
        stack.tint(below, model, order)
        stack.plot_stack(below, model.W1[order], stack.colours_by_superposition(model))
        below.set_xticks(np.arange(spec.m), order)
    grid[0, 0].set_ylabel("feature")
    grid[0, 0].yaxis.set_major_locator(MaxNLocator(integer=True))
    grid[1, 0].set_ylabel("stacked weights")
    drawn.supxlabel("neuron, by its most important feature", fontsize="medium")
    drawn.colorbar(image, ax=grid[0], label="weight", extend="both")
    stack.shared_bar(grid[1])
    legend_above(drawn, stack.tint_handles())
    return drawn
