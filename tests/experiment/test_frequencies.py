import numpy as np
import pytest

from monosemanticity.experiment.frequencies import power_law, uniform
from monosemanticity.model.projection import projection
from monosemanticity.training.randomness import stream


def test_uniform_frequencies_are_all_the_mean():
    assert uniform(4, 0.25).tolist() == [0.25] * 4


def test_power_law_frequencies_fall_with_exponent_1_1_about_the_mean():
    frequency = power_law(512, 1 / 1024)
    assert frequency.mean() == pytest.approx(1 / 1024)
    assert frequency / frequency[0] == pytest.approx(np.arange(1, 513) ** -1.1)


def test_at_the_papers_frequency_the_first_feature_is_capped_to_always_on():
    frequency, below_the_cap = power_law(512, 1 / 64), power_law(512, 1 / 1024)
    assert frequency[0] == 1
    assert frequency[1:] == pytest.approx(16 * below_the_cap[1:])
    assert frequency[1:].max() < 1


def test_every_embedding_has_unit_norm():
    assert np.linalg.norm(projection(stream(0, 0), 100, 10), axis=1) == pytest.approx(np.ones(100))


def test_a_projection_is_the_normalised_range_of_a_normal_matrix():
    # Singular vectors are unique up to a turn; the projector U U^T onto their range, A (A^T A)^-1 A^T, is unique.
    A = stream(0, 0).standard_normal((50, 8))
    projector = A @ np.linalg.inv(A.T @ A) @ A.T
    length = np.sqrt(np.diag(projector))
    P = projection(stream(0, 0), 50, 8)
    np.testing.assert_allclose(P @ P.T, projector / np.outer(length, length), atol=1e-12)
    U = P * length[:, None]
    np.testing.assert_allclose(U.T @ U, np.eye(8), atol=1e-12)


def test_as_many_dimensions_as_features_give_an_orthogonal_projection():
    P = projection(stream(0, 0), 6, 6)
    np.testing.assert_allclose(P @ P.T, np.eye(6), atol=1e-12)
