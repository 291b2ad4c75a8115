import numpy as np
import pytest

from monosemanticity.measures import polysemantic
from monosemanticity.measures.monosemanticity import responses
from monosemanticity.model.trained import Model


@pytest.fixture
def linear() -> Model:
    """6 features in 3 dimensions, which the positive-bias neurons multiply by 1, 2 and 3; and one other neuron."""
    U, _, V = np.linalg.svd(np.random.default_rng(1).standard_normal((6, 3)), full_matrices=False)
    W1 = np.hstack([V, np.ones((3, 1))])
    W2 = np.vstack([np.diag([1.0, 2, 3]) @ U.T, np.full((1, 6), 100.0)])
    return Model("decoder", "relu", np.full(6, 0.25), U @ V, W1.copy(), np.array([1.0, 1, 1, -9]), W2)


def test_the_map_passes_through_positive_bias_neurons_alone(linear):
    expected = linear.P @ linear.W1[:, :3] @ linear.W2[:3]
    np.testing.assert_allclose(polysemantic.linearised_map(linear), expected)


def test_singular_values_are_those_of_the_map(linear):
    found = polysemantic.singular_values(linear)
    np.testing.assert_allclose(found, np.linalg.svd(polysemantic.linearised_map(linear), compute_uv=False)[:3])
    assert len(found) == 3


def test_rank_and_extremes_are_of_the_singular_values_that_are_not_near_zero(linear):
    weak = linear._replace(W2=linear.W2 * np.array([0.001, 1, 1, 1])[:, None])
    values = polysemantic.singular_values(weak)
    seen = responses(weak)
    assert polysemantic.rank(weak, seen) == 2
    assert polysemantic.least_singular(weak, seen) == pytest.approx(values[1])
    assert polysemantic.greatest_singular(weak, seen) == pytest.approx(values[0])


def test_a_model_without_positive_biases_has_no_polysemantic_part(linear):
    without = linear._replace(b=-np.ones(4))
    seen = responses(without)
    assert polysemantic.rank(without, seen) == 0
    assert np.isnan(polysemantic.least_singular(without, seen))
    assert np.isnan(polysemantic.greatest_singular(without, seen))
    assert polysemantic.constant(without, seen) == 0
    assert polysemantic.slope(without, seen).tolist() == [0] * 6


def test_the_constant_is_what_positive_biases_give_out(linear):
    assert polysemantic.constant(linear, responses(linear)) == pytest.approx(np.abs(linear.W2[:3].sum(axis=0)).max())


def test_a_line_that_kinks_has_the_slopes_on_both_sides_as_its_range():
    # The one neuron gives out max(0, 1/2 - a): it falls by 1 up to the amplitude of 1/2.
    kinked = Model("decoder", "relu", np.array([0.25]), np.eye(1), -np.eye(1), np.array([0.5]), np.eye(1))
    seen = responses(kinked)
    assert polysemantic.intercept(kinked, seen).tolist() == [0.5]
    assert polysemantic.slope(kinked, seen).tolist() == [-0.5]
    assert polysemantic.slope_range(kinked, seen).tolist() == [pytest.approx(1)]
