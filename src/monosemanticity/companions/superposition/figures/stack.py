"""Stack plots: the weights of each neuron on top of one another, negative ones downwards."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm
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
PARTED = neurons.REPRESENTED
"""A weight that is smaller has no white line at its foot, which would cover it."""
WIDE = 0.8
"""Of a stack, where neurons are 1 apart."""
SHARED_LABEL = "superposition"
SHARED = (0.1, 10)
"""Where the colours of features by superposition begin and end, evenly in its logarithm; 1 lies in the middle."""


def by_importance(model: Model) -> Int[np.ndarray, " m"]:
    """Neurons in order: by the feature of their largest response, the most important first, then by its sign."""
    primary = neurons.primary(model)
    sign = np.sign(model.W1[np.arange(len(primary)), primary])
    return np.lexsort((-sign, primary))


def shared_colours() -> ScalarMappable:
    """The colours of features by superposition; those beyond either end have its colour."""
    return ScalarMappable(LogNorm(*SHARED, clip=True), SEQUENTIAL.map())


def colours_by_superposition(model: Model) -> list[tuple[float, ...]]:
    """One a feature."""
    return list(map(tuple, shared_colours().to_rgba(neurons.superposition(model))))


def shared_bar(axes: np.ndarray, **look) -> Colorbar:
    """The colour bar of features by superposition, beside some axes."""
    bar = axes.flat[0].figure.colorbar(shared_colours(), ax=axes, label=SHARED_LABEL, extend="both", **look)
    bar.ax.yaxis.set_major_formatter("{x:g}")
    return bar


def plot_stack(axes: Axes, weights: Float[np.ndarray, "m n"], colours: Sequence) -> Axes:
    """A stack a neuron, in the order given, the most important feature next to 0."""
    seen = np.where(np.abs(weights) > SEEN, weights, 0)
    for upwards in (np.maximum(seen, 0), np.minimum(seen, 0)):
        neuron, feature = np.nonzero(upwards)
        height = upwards[neuron, feature]
        foot = (upwards.cumsum(axis=1) - upwards)[neuron, feature]
        axes.bar(neuron, height, WIDE, bottom=foot, color=[colours[each] for each in feature])
        parted = np.abs(height) > PARTED
        left = neuron[parted] - WIDE / 2
        axes.hlines(foot[parted], left, left + WIDE, color="white", linewidth=0.3)
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
