"""Measures against weights made by hand, and against loops over neurons and pairs."""

from itertools import combinations

import numpy as np
import pytest
from companions.incidental.cases import spec
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monosemanticity.companions.incidental.measures import MEASURES, cosines, measure, winner_ranks

WEIGHTS = arrays(
    np.float32, st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 4)), elements=st.sampled_from(
        [-1.3, -1.2, -1.0, -0.8, -0.7, -0.25, 0, 0.5, 0.75, 0.81, 1.0, 1.19, 1.25]
    )
)  # fmt: skip


def measured(W: list, start: list | None = None, copied_from: list | None = None) -> dict[str, float]:
    """Of one model."""
    W = np.array([W], dtype=np.float32)
    begun = W if start is None else np.array([start], dtype=np.float32)
    copies = {} if copied_from is None else {"copied_from": np.array([copied_from])}
    columns = measure(spec(), {"W": W, **copies}, {"W": begun})
    return {name: column[0] for name, column in columns.items()}


def test_a_neuron_is_polysemantic_by_two_weights_near_1_in_size():
    assert measured([[1, 0], [-1, 0]])["polysemantic_neurons"] == 1
    assert measured([[1.19, 0.81], [-0.81, 1]])["polysemantic_neurons"] == 2
    assert measured([[1, 0], [0.79, 0]])["polysemantic_neurons"] == 0
    assert measured([[1, 0], [1.21, 0]])["polysemantic_neurons"] == 0
    assert measured([[1, 0], [0, 1]])["polysemantic_neurons"] == 0


def test_a_mono_feature_shares_its_neuron_with_none():
    assert measured([[1, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 0.1, 0.3]])["mono_features"] == 1
    assert measured([[1, 0], [0, 1]])["mono_features"] == 2
    assert measured([[1, 0], [-1, 1]])["mono_features"] == 1


def test_a_feature_drops_out_where_its_output_is_below_a_half():
    assert measured([[0.7, 0], [0.71, 0], [0.5, 0.5001], [0, 0]])["dropped_features"] == 2


def test_collisions_are_pairs_whose_largest_weights_stand_at_one_neuron():
    assert (found := measured([[1, 0], [-1, 0], [0, 1]]))["benign_collisions"] == 1
    assert found["malign_collisions"] == 0
    assert measured([[0.8, 0.7], [0.9, 0], [0, 1]])["malign_collisions"] == 1
    three = measured([[1, 0], [-1, 0], [0.9, 0]])
    assert (three["benign_collisions"], three["malign_collisions"]) == (2, 1)


def test_features_that_dropped_out_do_not_collide():
    found = measured([[1, 0], [-0.1, 0], [0.2, 0]])
    assert (found["benign_collisions"], found["malign_collisions"]) == (0, 0)


def test_norms_are_means_over_features():
    found = measured([[0.5, -0.5], [0, 1]])
    assert (found["nonzero_entries"], found["l1_norm"], found["fourth_norm"]) == (1.5, 1, 0.5625)


def test_the_winner_is_ranked_among_the_weights_at_the_start():
    start = [[0.1, -0.3, 0.2], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]
    W = [[0, 0, 1], [0, 0, -1], [0.1, 0, 0]]
    found = measured(W, start)
    assert found["median_winner_rank"] == 1.5
    assert found["largest_won"] == 0.5
    ranks = winner_ranks(np.array([W]), np.array([start]))[0]
    assert list(ranks[:2]) == [2, 1]
    assert np.isnan(ranks[2])


def test_no_winner_is_ranked_where_every_feature_dropped_out():
    found = measured([[0, 0], [0, 0]])
    assert np.isnan(found["median_winner_rank"])
    assert np.isnan(found["largest_won"])
    assert np.isnan(found["mean_cosine"])


def test_cosines_are_those_between_every_two_encodings():
    found = measured([[2, 0], [-1, 0], [1, 1]])
    assert found["mean_cosine"] == pytest.approx((-1 + np.sqrt(0.5) - np.sqrt(0.5)) / 3)
    assert found["largest_cosine"] == pytest.approx(np.sqrt(0.5))
    assert found["negative_cosines"] == pytest.approx(2 / 3)
    assert np.isnan(measured([[1, 0]])["mean_cosine"])


def test_a_split_neuron_is_separated_where_each_copy_represents_one_feature():
    a, b = [1, 0, 0, 0], [0, 0, -1, 0]
    found = measured([a, b], copied_from=[0, 1, 0, 3])
    assert (found["split_neurons"], found["separated_pairs"]) == (1, 1)


@pytest.mark.parametrize(
    "W",
    [
        [[1, 0, 0], [-1, 0, 0]],  # both features stay with the old neuron
        [[1, 0, 1], [0, 1, 0]],  # both copies represent the same
        [[0.7, 0, 0.7], [-0.7, 0, -0.7]],  # nothing moved
    ],
)
def test_other_ends_of_a_split_are_no_separation(W):
    found = measured(W, copied_from=[0, 1, 0])
    assert (found["split_neurons"], found["separated_pairs"]) == (1, 0)


def test_runs_without_a_split_have_no_split_neurons():
    found = measured([[1, 0], [0, 1]])
    assert np.isnan(found["split_neurons"])
    assert np.isnan(found["separated_pairs"])


@given(WEIGHTS)
def test_counts_are_those_of_loops_over_neurons_and_pairs(W):
    columns = measure(spec(), {"W": W}, {"W": W})
    for instance, model in enumerate(W.astype(np.float64)):
        near_1 = [[i for i, w in enumerate(neuron) if 0.8 <= abs(w) <= 1.2] for neuron in model.T]
        there = [i for i, row in enumerate(model) if row @ row >= 0.5]
        largest = {i: (int(np.abs(model[i]).argmax()), np.sign(model[i][np.abs(model[i]).argmax()])) for i in there}
        pairs = [(largest[i], largest[j]) for i, j in combinations(there, 2) if largest[i][0] == largest[j][0]]
        assert columns["polysemantic_neurons"][instance] == sum(len(features) >= 2 for features in near_1)
        alone = {features[0] for features in near_1 if len(features) == 1}
        assert columns["mono_features"][instance] == len(alone)
        assert columns["dropped_features"][instance] == len(model) - len(there)
        assert columns["benign_collisions"][instance] == sum(one[1] != other[1] for one, other in pairs)
        assert columns["malign_collisions"][instance] == sum(one[1] == other[1] for one, other in pairs)


@given(WEIGHTS)
def test_columns_are_a_float_an_instance_with_a_unit_each(W):
    columns = measure(spec(), {"W": W}, {"W": W})
    assert columns.keys() == MEASURES.keys()
    for column in columns.values():
        assert (column.shape, column.dtype) == ((len(W),), np.float64)


@given(WEIGHTS)
def test_signs_and_the_order_of_neurons_change_no_cosine(W):
    turned = -W[:, :, ::-1].astype(float)
    assert cosines(turned) == pytest.approx(cosines(W.astype(float)), nan_ok=True)
