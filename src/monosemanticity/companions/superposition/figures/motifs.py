"""Asymmetric superposition: a model, the two neurons of a motif, and the weights of all motifs beside the ideal."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.best import best_models
from monosemanticity.companions.superposition.figures import graph, stack
from monosemanticity.companions.superposition.model import Model, models_of, rescaled
from monosemanticity.companions.superposition.motif import IDEAL_W1, IDEAL_W2, Motif, motifs
from monosemanticity.companions.superposition.neurons import represents
from monosemanticity.figures.style import BLUE, CATEGORIES, DOUBLE, PALE, legend_above

FEATURES = ("first\nfeature", "second\nfeature")
SIDES = ("input weight\n$|W_1|$", "output weight\n$W_2$")


def draw(results: Results) -> Figure:
    """The best instance on the left, its first motif in the middle; on the right the motifs of all instances."""
    spec, best = best_models(results, "motif")[0]
    colours = [CATEGORIES[feature % len(CATEGORIES)] for feature in range(spec.n)]
    drawn = Figure(figsize=(DOUBLE, 2.7), layout="constrained")
    whole, pair, sizes = drawn.subplots(1, 3, width_ratios=(1.2, 1, 1.1))
    order = stack.by_importance(best)
    stack.plot_stack(whole, rescaled(best).W1[order], colours)
    whole.set(xlabel="neuron", ylabel="stacked $W_1$, rescaled")
    whole.set_xticks(np.arange(spec.m), order)
    plot_first_motif(pair, best)
    everywhere = models_of(spec.task, results.tensors(spec, spec.steps))
    plot_weights(sizes, [in_published_units(model, motif) for model in everywhere for motif in motifs(model)])
    patches = [Patch(color=colour, label=f"$x_{feature}$") for feature, colour in enumerate(colours)]
    ideal = [Patch(color=PALE, label="the source's ideal")]
    legend_above(drawn, [*patches, *graph.HANDLES, *ideal], columns=(len(patches) + 4) // 2)
    return drawn


def plot_first_motif(axes: Axes, model: Model) -> Axes:
    """The two neurons of the first motif and the features that they represent; words where a model has none."""
    if not (found := motifs(model)):
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no motif", ha="center", va="center", transform=axes.transAxes)
        return axes
    pair = [found[0].neuron, found[0].inhibitor]
    either = represents(model)[pair].any(axis=0)
    either[[found[0].first, found[0].second]] = True
    return graph.plot_graph(axes, rescaled(model), np.flatnonzero(either).tolist(), pair)


def in_published_units(model: Model, motif: Motif) -> Float[np.ndarray, "4"]:
    """|W1| and W2 of both features through the neuron, where its largest |w| is 2 as in the source."""
    even, both = rescaled(model), [motif.first, motif.second]
    return np.concatenate([2 * np.abs(even.W1[motif.neuron, both]), even.W2[both, motif.neuron] / 2])


def plot_weights(axes: Axes, found: Sequence[Float[np.ndarray, "4"]]) -> Axes:
    """A dot a motif and weight; the ideal in grey behind."""
    for place, ideal in enumerate(np.abs([*IDEAL_W1, *IDEAL_W2])):
        axes.plot([place - 0.35, place + 0.35], [ideal] * 2, color=PALE, linewidth=4, zorder=0)
    for weights in found:
        axes.plot(np.arange(4), weights, color=BLUE, marker="o", linestyle="none", alpha=0.5)
    axes.set_xticks(range(4), 2 * FEATURES)
    # Minor ticks without marks name the two sides, below the two lines of the features.
    axes.set_xticks([0.5, 2.5], SIDES, minor=True)
    axes.tick_params(axis="x", which="minor", length=0, pad=26)
    axes.set(xlim=(-0.5, 3.5), ylim=(0, None), ylabel="weight of the neuron")
    return axes
