"""From monosemantic to polysemantic neurons: stack plots of the absolute value by sparsity."""

import numpy as np
from matplotlib.figure import Figure

from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.best import best_models
from monosemanticity.companions.superposition.figures import stack
from monosemanticity.companions.superposition.model import rescaled
from monosemanticity.figures.style import DOUBLE, legend_above


def draw(results: Results) -> Figure:
    """A row a sparsity, dense features on top; every neuron's largest weight is 1."""
    models = best_models(results, "sparsity")
    drawn = Figure(figsize=(DOUBLE, 0.9 + 0.9 * len(models)), layout="constrained")
    grid = drawn.subplots(len(models), 1, squeeze=False)[:, 0]
    for axes, (spec, model) in zip(grid, models, strict=True):
        order = stack.by_importance(model)
        stack.tint(axes, model, order)
        stack.plot_stack(axes, np.abs(rescaled(model).W1[order]), stack.colours_by_superposition(model))
        axes.set_title(f"$1 - S$ = {spec.active:g}", loc="left")
        axes.set_xticks([])
    drawn.supylabel("stacked $|W_1|$", fontsize="medium")
    drawn.supxlabel("neuron, by the importance of its largest feature", fontsize="medium")
    stack.shared_bar(grid, aspect=40)
    legend_above(drawn, stack.tint_handles())
    return drawn
