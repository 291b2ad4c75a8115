"""Stack plots: the weights of each neuron on top of one another, negative ones downwards."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Patch

from monosemanticity.companions.superposition import neurons
from monosemanticity.companions.superposition.model import Model
from monosemanticity.figures.colour import SEQUENTIAL
from monosemanticity.figures.style import ORANGE, SKY

MONOSEMANTIC, POLYSEMANTIC = SKY, ORANGE
FAINT = 0.18
"""Opacity of the tint behind a neuron."""
SEEN = 0.01
"""A weight that is smaller has no height to see, and is left out."""
SHARED_LABEL = "superposition"


def by_importance(model: Model) -> Int[np.ndarray, " m"]:
    """Neurons in order: by the feature of their largest response, the most important first, then by its sign."""
    primary = neurons.primary(model)
    sign = np.sign(model.W1[np.arange(len(primary)), primary])
    return np.lexsort((-sign, primary))


def shared_colours() -> ScalarMappable:
    """The colours of features by superposition; those beyond 1 have the colour of 1."""
    return ScalarMappable(Normalize(0, 1), SEQUENTIAL.map())


def colours_by_superposition(model: Model) -> list[tuple[float, ...]]:
    """One a feature."""
    return list(map(tuple, shared_colours().to_rgba(neurons.superposition(model))))


def plot_stack(axes: Axes, weights: Float[np.ndarray, "m n"], colours: Sequence) -> Axes:
    """A stack a neuron, in the order given, the most important feature next to 0."""
    for upwards in (np.maximum(weights, 0), np.minimum(weights, 0)):
        feet = upwards.cumsum(axis=1) - upwards
        neuron, feature = np.nonzero(np.abs(upwards) > SEEN)
        axes.bar(
            neuron,
            upwards[neuron, feature],
            bottom=feet[neuron, feature],
            color=[colours[each] for each in feature],
            edgecolor="white",
            linewidth=0.3,
        )
    axes.axhline(0, color="black", linewidth=0.5)
    axes.set_xlim(-0.5, len(weights) - 0.5)
    return axes


def tint(axes: Axes, model: Model, order: Int[np.ndarray, " m"]) -> Axes:
    """A faint colour behind each neuron, by whether it represents one feature or several."""
    kinds = ((neurons.monosemantic(model), MONOSEMANTIC), (neurons.polysemantic(model), POLYSEMANTIC))
    for those, colour in kinds:
        for place in np.flatnonzero(those[order]):
            axes.axvspan(place - 0.5, place + 0.5, color=colour, alpha=FAINT, linewidth=0, zorder=0)
    return axes


def tint_handles() -> list[Artist]:
    """Legend entries of the tints."""
    named = {"monosemantic neuron": MONOSEMANTIC, "polysemantic neuron": POLYSEMANTIC}
    return [Patch(color=colour, alpha=FAINT, linewidth=0, label=name) for name, colour in named.items()]
