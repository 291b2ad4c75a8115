"""Each measure on weights whose number is seen at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monosemanticity.companions.measuring import card, measured
from monosemanticity.companions.superposition import measures, neurons
from monosemanticity.companions.superposition.model import Model, models_of, outputs, rescaled

OF = measures.OF_AN_INSTANCE


def absolute(W1, W2=None):
    W1 = np.array(W1, dtype=float)
    return Model("absolute", W1, np.ones_like(W1).T if W2 is None else np.array(W2, dtype=float), np.zeros(W1.shape[1]))


def identity(W):
    W = np.array(W, dtype=float)
    return Model("identity", W, W.T, np.zeros(W.shape[1]))


def kept(*models):
    return {name: np.stack([getattr(model, name) for model in models]).astype(np.float32) for name in ("W1", "W2", "b")}


def test_models_are_read_from_weights_by_symbol():
    W, b = np.arange(12.0).reshape(1, 2, 6), np.ones((1, 6))
    (model,) = models_of("identity", {"W": W, "b": b})
    assert np.array_equal(model.W2, W[0].T)
    assert np.array_equal(model.b, b[0])


@given(seed=st.integers(0, 10**6))
def test_rescaling_changes_no_output_and_leaves_a_largest_weight_of_1(seed):
    random = np.random.default_rng(seed)
    model = Model("absolute", random.normal(size=(3, 4)), random.normal(size=(4, 3)), random.normal(size=4))
    even, x = rescaled(model), random.uniform(-1, 1, (20, 4))
    np.testing.assert_allclose(outputs(even, x), outputs(model, x), atol=1e-12)
    np.testing.assert_allclose(np.abs(even.W1).max(axis=1), 1)


def test_a_neuron_without_weights_is_left_as_it_is():
    assert np.array_equal(rescaled(absolute([[0, 0], [2, 1]])).W1, [[0, 0], [1, 0.5]])


def test_a_neuron_is_polysemantic_from_a_second_weight_above_a_fifth_of_the_largest():
    model = absolute([[2, 0.3, 0], [-2, 0.5, 0], [0, 1, -1], [0, 0, 0]])
    assert neurons.polysemantic(model).tolist() == [False, True, True, False]
    assert neurons.monosemantic(model).tolist() == [True, False, False, False]
    assert OF["polysemantic_neurons"].of(model) == 2
    assert OF["monosemantic_neurons"].of(model) == 1


def test_a_negative_weight_of_the_identity_is_no_response():
    model = identity([[1, -1, 0.1], [-1, -1, -1], [1, 0.5, 0]])
    assert neurons.represents(model).tolist() == [[True, False, False], [False] * 3, [True, True, False]]


def test_features_are_counted_by_the_neurons_that_represent_them():
    model = absolute([[1, 0.5, 0, 0], [0, 1, 0.1, 0], [0, 0, 1, 0]])
    assert OF["features_represented"].of(model) == 3
    assert OF["features_in_superposition"].of(model) == 2
    assert OF["features_as_pairs"].of(model) == 1


def test_superposition_is_0_alone_and_counts_what_lies_along_a_feature():
    np.testing.assert_allclose(neurons.superposition(absolute([[1, 0, 0], [0, 1, -1]])), [0, 1, 1])
    np.testing.assert_allclose(neurons.superposition(absolute([[1, 1], [-1, -1]])), [1, 1])
    np.testing.assert_allclose(neurons.superposition(absolute([[1, 0.5, 0]])), [0.25, 4, 0])


def test_the_second_response_is_taken_over_the_largest():
    assert OF["secondary_response"].of(absolute([[2, -1, 0.5], [4, 1, 0]])) == pytest.approx((0.5 + 0.25) / 2)
    assert np.isnan(OF["secondary_response"].of(absolute([[2]])))


def test_the_primary_gap_is_positive_where_important_features_have_neurons_to_themselves():
    assert OF["primary_gap"].of(absolute([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.5]])) == pytest.approx(1.5)
    assert np.isnan(OF["primary_gap"].of(absolute([[1, 0], [0, 1]])))


@pytest.mark.parametrize("scale", [1, 3])
def test_the_exact_absolute_value_has_both_sides_of_every_feature(both_sides, scale):
    model = both_sides(3)
    model = model._replace(W1=model.W1 * scale, W2=model.W2 / scale)
    assert OF["exact_sides"].of(model) == 6


def test_a_side_is_not_exact_twice_nor_with_another_gain_nor_with_other_features():
    twice = absolute([[1, 0], [1, 0], [0, -1]], [[1, 1, 0], [0, 0, 1]])
    assert OF["exact_sides"].of(twice) == 2
    assert OF["exact_sides"].of(twice._replace(W2=twice.W2 * 0.9)) == 0
    assert OF["exact_sides"].of(twice._replace(W1=twice.W1 + 0.05)) == 0


def test_the_exact_model_has_no_loss_and_is_the_best(small_spec, both_sides):
    spec = small_spec(n=3, m=6, instances=2)
    good = both_sides(3)
    tensors = kept(good._replace(W2=np.zeros((3, 6))), good)
    columns = measures.measure(spec, tensors, tensors)
    assert columns.keys() == measures.MEASURES.keys()
    assert {column.shape for column in columns.values()} == {(2,)}
    assert {column.dtype for column in columns.values()} == {np.dtype(float)}
    assert columns["best"].tolist() == [0, 1]
    assert columns["loss"][1] < 1e-12 < columns["loss"][0]
    assert columns["features_computed"].tolist() == [0, 3]
    assert columns["dead_outputs"].tolist() == [3, 0]
    assert columns["dead_loss"].tolist() == pytest.approx([columns["loss"][0], 0])


def test_a_model_that_serves_the_first_features_and_guesses_the_others_has_the_naive_loss(small_spec, both_sides):
    spec = small_spec(n=4, m=4, instances=1, active=0.5)
    model = both_sides(4)
    first = [0, 1, 4, 5]
    served = Model("absolute", model.W1[first], model.W2[:, first], np.array([0, 0, 0.25, 0.25]))
    columns = measures.measure(spec, kept(served), {})
    assert columns["loss"][0] == pytest.approx(columns["naive_loss"][0], rel=0.02)
    assert columns["features_computed"][0] == 2


def test_an_output_of_one_sign_is_not_computed(small_spec, both_sides):
    spec = small_spec(n=4, m=4, instances=1, active=0.1)
    model = both_sides(4)
    one_side = Model("absolute", model.W1[:4], model.W2[:, :4], np.zeros(4))
    assert measures.measure(spec, kept(one_side), {})["features_computed"][0] == 0


def test_a_card_tells_the_numbers_of_the_best_instance(small_spec, both_sides):
    good = both_sides(3)
    spec = small_spec(n=3, m=6, instances=2)
    told = card(spec, measured(spec, {spec.steps: kept(good._replace(W2=np.zeros((3, 6))), good)}))
    assert (told["instance"], told["exact_sides"], told["features_computed"]) == (1, 6, 3)
    assert "primary_gap" not in told  # NaN: it has no polysemantic neuron
