"""Asymmetric superposition with inhibition (section "The Asymmetric Superposition Motif").

A neuron reads two features with W1 = [2, -1/2] and writes them with W2 = [1/2, 2]: the second hardly disturbs the
first, but the first gives 4 times itself to the output of the second, where another neuron inhibits it.
The signs of features are arbitrary, so those of W1 are left open. The tolerances are ours.
"""

from typing import NamedTuple

import numpy as np

from monosemanticity.companions.superposition.model import Model, rescaled
from monosemanticity.companions.superposition.neurons import responses

IDEAL_W1, IDEAL_W2 = (2, -1 / 2), (1 / 2, 2)
RATIOS = (1 / 8, 1 / 2)
"""Of the second response to the first: 1/4, within a factor of 2."""
GAINS = (1 / 2, 3 / 2)
"""From each feature to its own output through the neuron: 1, within a half."""
INHIBITED = 1 / 2
"""The least share of the interference that the other neuron takes away."""


class Motif(NamedTuple):
    """Two neurons and the two features they serve."""

    neuron: int
    inhibitor: int
    first: int
    """The feature that the neuron responds to the most."""
    second: int


def motifs(model: Model) -> list[Motif]:
    """All motifs of a model: at most one a neuron and second feature."""
    even, r = rescaled(model), responses(model)
    found = []
    for neuron, first in enumerate(r.argmax(axis=1)):
        gains = even.W2[:, neuron] * r[neuron]
        served = (gains >= GAINS[0]) & (gains <= GAINS[1])
        seconds = served & (r[neuron] >= RATIOS[0]) & (r[neuron] <= RATIOS[1])
        for second in np.flatnonzero(seconds) if served[first] else ():
            inhibition = -even.W2[second] * np.maximum(even.W1[:, first] * even.W1[neuron, first], 0)
            inhibitor = inhibition.argmax()
            if inhibition[inhibitor] >= INHIBITED * even.W2[second, neuron]:
                found.append(Motif(neuron, int(inhibitor), int(first), int(second)))
    return found
