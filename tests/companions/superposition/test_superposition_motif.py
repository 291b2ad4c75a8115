"""The published motif: W1 = [2, -1/2], W2 = [1/2, 2], and a neuron that inhibits the second feature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monosemanticity.companions.superposition.model import Model
from monosemanticity.companions.superposition.motif import IDEAL_W1, IDEAL_W2, Motif, motifs

NEURON = np.array([*IDEAL_W1, 0], dtype=float)
INHIBITOR = np.array([0.5, 0, 1])
"""Its own feature is the third."""


def model(W1=(NEURON, INHIBITOR), out_neuron=(*IDEAL_W2, 0), out_inhibitor=(0, -8, 1)):
    return Model("absolute", np.array(W1), np.array([out_neuron, out_inhibitor], dtype=float).T, np.zeros(3))


def test_the_ideal_is_found_with_its_two_neurons_and_features():
    assert motifs(model()) == [Motif(neuron=0, inhibitor=1, first=0, second=1)]


@given(scales=st.tuples(*[st.floats(0.1, 10)] * 2), signs=st.tuples(*[st.sampled_from([-1, 1])] * 3))
def test_neither_the_scale_of_a_neuron_nor_the_sign_of_a_feature_matters(scales, signs):
    ideal, scale = model(), np.array(scales)
    changed = ideal._replace(W1=ideal.W1 * scale[:, None] * np.array(signs), W2=ideal.W2 / scale)
    assert motifs(changed) == motifs(ideal)


@pytest.mark.parametrize(
    "other",
    [
        model(W1=([1, -1, 0], INHIBITOR), out_neuron=(1, 1, 0)),  # equal weights: normal superposition
        model(out_neuron=(0.5, 0.2, 0)),  # does not serve the second feature
        model(out_neuron=(0, 2, 0)),  # nor the first
        model(out_inhibitor=(0, -1, 1)),  # hardly inhibits
        model(out_inhibitor=(0, 8, 1)),  # excites
        model(W1=(NEURON, [-0.5, 0, 1])),  # inhibits on the other side of the first feature
        model(W1=([2, 0, 0], INHIBITOR), out_neuron=(0.5, 0, 0)),  # monosemantic
    ],
)
def test_what_lacks_a_part_of_it_is_none(other):
    assert motifs(other) == []


def test_the_exact_absolute_value_has_none(both_sides):
    assert motifs(both_sides(4)) == []
