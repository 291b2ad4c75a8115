"""Samplers are held to their law exactly: seeds are fixed, and a right sampler fails a test with chance 1e-9."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats
from scipy.sparse import csr_array

from monosemanticity.features import (
    DifferenceSampler,
    FeatureSampler,
    SparseCells,
    frequencies,
    projection,
)
from monosemanticity.randomness import stream

FALSE_ALARM = 1e-9


def assert_binomial(counts: np.ndarray | int, n: int, p: np.ndarray | float) -> None:
    """Each count is one of n coins of probability p: exact tails, shared out over the counts."""
    counts, p = np.broadcast_arrays(counts, p)
    tail = np.minimum(stats.binom.cdf(counts, n, p), stats.binom.sf(counts - 1, n, p))
    assert tail.min() >= FALSE_ALARM / (2 * counts.size)


def assert_follows(values: np.ndarray, law: str | Callable[[np.ndarray], np.ndarray]) -> None:
    """The values have a distribution function: Kolmogorov and Smirnov's test."""
    assert stats.kstest(values.astype(float), law).pvalue >= FALSE_ALARM


def draws(sampler: FeatureSampler, steps: int, seed: int = 0) -> csr_array:
    """The batches of many steps, one below the other."""
    batches = [sampler.draw(stream(seed, step)) for step in range(1, steps + 1)]
    return csr_array(np.concatenate([batch.toarray() for batch in batches]))


def presence(matrix: csr_array) -> np.ndarray:
    """Which cells were drawn, an exact zero among the values included."""
    return csr_array((np.ones(matrix.nnz, dtype=int), matrix.indices, matrix.indptr), matrix.shape).toarray()


LAWS = [
    pytest.param("uniform", 512, 1 / 64, 512, 40, id="the paper's uniform features"),
    pytest.param("power-law", 512, 1 / 64, 512, 40, id="the paper's power law, one feature always on"),
    pytest.param("power-law", 40, 0.5, 100, 100, id="many features always on"),
    pytest.param("uniform", 8, 0.97, 100, 100, id="dense"),
    pytest.param("uniform", 100, 0.01, 1, 4000, id="one sample a batch"),
]


@pytest.mark.parametrize(("distribution", "N", "epsilon", "b", "steps"), LAWS)
def test_a_feature_is_present_with_its_frequency(distribution, N, epsilon, b, steps):
    frequency = frequencies(distribution, N, epsilon)
    present = presence(draws(FeatureSampler(frequency, b), steps))
    assert_binomial(present.sum(axis=0), b * steps, frequency)
    if distribution == "uniform":
        assert_binomial(present.sum(), b * steps * N, epsilon)


def test_features_are_as_likely_in_every_sample_of_a_batch():
    b, N, steps = 50, 20, 400
    present = presence(draws(FeatureSampler(np.full(N, 0.1), b), steps))
    assert_binomial(present.reshape(steps, b, N).sum(axis=(0, 2)), steps * N, 0.1)


def test_features_are_present_independently_of_each_other():
    frequency = np.array([1.0, 0.7, 0.5, 0.3, 0.2, 0.1])
    present = presence(draws(FeatureSampler(frequency, b=500), steps=40))
    for i in range(6):
        for j in range(i):
            assert_binomial((present[:, i] * present[:, j]).sum(), 20_000, frequency[i] * frequency[j])


@pytest.mark.parametrize("apart", [1, 2, 500], ids=["neighbours", "next but one", "the next step"])
def test_samples_are_drawn_independently_of_each_other(apart):
    steps, b, p = 40, 500, 0.3
    present = presence(draws(FeatureSampler(np.full(6, p), b), steps)).reshape(-1, 2, apart, 6)
    assert_binomial((present[:, 0] * present[:, 1]).sum(), steps * b * 6 // 2, p**2)


@pytest.mark.parametrize(
    "frequency", [np.full(20, 0.3), np.ones(5), np.linspace(0.05, 1, 20)], ids=["some", "always", "various"]
)
def test_values_of_present_features_are_uniform_and_independent(frequency):
    values = draws(FeatureSampler(frequency, b=200), steps=20).data
    assert values.dtype == np.float32
    assert values.min() >= 0
    assert values.max() < 1
    assert_follows(values, "uniform")
    for apart in (1, 2, 20):
        assert_follows((values[apart:].astype(float) - values[:-apart])[:: 2 * apart] % 1, "uniform")


@pytest.mark.parametrize("sampler", [FeatureSampler, DifferenceSampler])
def test_a_matrix_of_samples_lists_every_cell_once_sample_by_sample(sampler):
    frequency = frequencies("power-law", 30, 0.2)
    matrix = sampler(frequency, b=100).draw(stream(0, 1))
    assert matrix.shape == (100, 30)
    for s in range(100):
        assert (np.diff(matrix.indices[matrix.indptr[s] : matrix.indptr[s + 1]]) > 0).all()


@pytest.mark.parametrize("sampler", [FeatureSampler, DifferenceSampler])
def test_a_draw_follows_seed_and_step_alone(sampler):
    drawn = sampler(np.full(30, 0.2), b=100)
    first = drawn.draw(stream(1, 1)).toarray()
    drawn.draw(stream(1, 2))
    assert np.array_equal(drawn.draw(stream(1, 1)).toarray(), first)
    assert not np.array_equal(drawn.draw(stream(1, 2)).toarray(), first)
    assert not np.array_equal(drawn.draw(stream(2, 1)).toarray(), first)


@pytest.mark.parametrize("b", [1, 7])
def test_features_of_frequency_one_are_always_present(b):
    assert FeatureSampler(np.ones(5), b).draw(stream(0, 1)).nnz == 5 * b


@pytest.mark.parametrize("sampler", [FeatureSampler, DifferenceSampler])
def test_a_batch_without_any_feature_is_an_empty_matrix(sampler):
    matrix = sampler(np.full(5, 1e-15), b=10).draw(stream(0, 1))
    assert matrix.nnz == 0
    assert matrix.shape == (10, 5)


@given(
    probability=some.lists(some.floats(1e-300, 1) | some.just(1.0), min_size=1, max_size=12),
    b=some.integers(1, 40),
    seed=some.integers(0, 2**63),
)
def test_cells_are_drawn_in_order_and_once(probability: Sequence[float], b: int, seed: int):
    sample, counts = SparseCells(np.array(probability), b).draw(stream(seed, 1))
    assert len(counts) == len(probability)
    assert counts.sum() == len(sample)
    for p, of_feature in zip(probability, np.split(sample, np.cumsum(counts)[:-1]), strict=True):
        assert ((of_feature >= 0) & (of_feature < b)).all()
        assert (np.diff(of_feature) > 0).all()
        assert p < 1 or len(of_feature) == b


@given(p=some.floats(0.999, 1, exclude_max=True), b=some.integers(1, 40))
def test_a_frequency_just_below_one_stays_a_frequency(p: float, b: int):
    _, counts = SparseCells(np.array([p]), b).draw(stream(0, 1))
    assert b - 3 <= counts[0] <= b


def test_uniform_frequencies_are_all_the_mean():
    assert frequencies("uniform", 4, 0.25).tolist() == [0.25] * 4


def test_power_law_frequencies_fall_with_exponent_1_1_about_the_mean():
    frequency = frequencies("power-law", 512, 1 / 1024)
    assert frequency.mean() == pytest.approx(1 / 1024)
    assert frequency / frequency[0] == pytest.approx(np.arange(1, 513) ** -1.1)


def test_at_the_papers_frequency_the_first_feature_is_capped_to_always_on():
    frequency, below_the_cap = frequencies("power-law", 512, 1 / 64), frequencies("power-law", 512, 1 / 1024)
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
