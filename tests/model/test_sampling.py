"""Samplers are held to their law exactly: seeds are fixed, and a right sampler fails a test with chance 1e-9."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from helpers import reference
from helpers.laws import FALSE_ALARM, assert_binomial, assert_follows
from helpers.training import dense, presence
from monosemanticity.experiment.frequencies import FREQUENCIES
from monosemanticity.model.sampling import DenseSampler, SparseSampler
from monosemanticity.training.randomness import device_seed, stream

CPU = torch.device("cpu")


def random_numbers(sampler: type, seed: int, step: int) -> np.random.Generator | torch.Generator:
    """The kind of random numbers that a sampler draws from."""
    return stream(seed, step) if sampler is SparseSampler else torch.Generator().manual_seed(device_seed(seed, step))


class Draws:
    """Many steps' samples, one below the other: which entries are present, and their values."""

    def __init__(
        self, sampler: type, frequency: np.ndarray, rows: int, steps: int, kind: str = "features", seed: int = 0
    ) -> None:
        drawn = sampler(frequency, CPU)
        batches = [getattr(drawn, kind)(random_numbers(sampler, seed, step), rows) for step in range(1, steps + 1)]
        self.f = dense(batches).numpy()
        self.present = (
            np.concatenate([presence(batch) for batch in batches]) if sampler is SparseSampler else 1 * (self.f != 0)
        )
        self.values = self.f[self.present > 0]


SAMPLERS = [SparseSampler, DenseSampler]
both_samplers = pytest.mark.parametrize("sampler", SAMPLERS)

LAWS = [
    pytest.param("uniform", 512, 1 / 64, 512, 40, id="the paper's uniform features"),
    pytest.param("power-law", 512, 1 / 64, 512, 40, id="the paper's power law, one feature always on"),
    pytest.param("power-law", 40, 0.5, 100, 100, id="many features always on"),
    pytest.param("uniform", 8, 0.97, 100, 100, id="dense"),
    pytest.param("uniform", 8, 0.5, 101, 100, id="half"),
    pytest.param("uniform", 100, 0.01, 1, 4000, id="one sample a batch"),
]


@both_samplers
@pytest.mark.parametrize(("distribution", "N", "epsilon", "rows", "steps"), LAWS)
def test_a_feature_is_present_with_its_frequency(sampler, distribution, N, epsilon, rows, steps):
    frequency = FREQUENCIES[distribution](N, epsilon)
    present = Draws(sampler, frequency, rows, steps).present
    assert_binomial(present.sum(axis=0), rows * steps, frequency)
    if distribution == "uniform":
        assert_binomial(present.sum(), rows * steps * N, epsilon)


@both_samplers
@pytest.mark.parametrize("p", [0.1, 0.8])
def test_features_are_as_likely_in_every_sample_of_a_batch(sampler, p):
    rows, N, steps = 50, 20, 400
    present = Draws(sampler, np.full(N, p), rows, steps).present
    assert_binomial(present.reshape(steps, rows, N).sum(axis=(0, 2)), steps * N, p)


@both_samplers
def test_the_features_of_a_sample_are_as_many_as_independent_coins_give(sampler):
    counts = Draws(sampler, np.full(8, 0.3), rows=500, steps=20).present.sum(axis=1)
    assert_binomial(np.bincount(counts, minlength=9), 10_000, stats.binom.pmf(np.arange(9), 8, 0.3))


@both_samplers
def test_the_samples_with_a_feature_are_as_many_as_independent_coins_give(sampler):
    counts = Draws(sampler, np.full(500, 0.3), rows=8, steps=20).present.reshape(20, 8, 500).sum(axis=1).ravel()
    assert_binomial(np.bincount(counts, minlength=9), 10_000, stats.binom.pmf(np.arange(9), 8, 0.3))


@both_samplers
def test_features_are_present_independently_of_each_other(sampler):
    frequency = np.array([1.0, 0.7, 0.5, 0.3, 0.2, 0.1])
    present = Draws(sampler, frequency, rows=500, steps=40).present
    for i in range(6):
        for j in range(i):
            assert_binomial((present[:, i] * present[:, j]).sum(), 20_000, frequency[i] * frequency[j])


@both_samplers
@pytest.mark.parametrize("p", [0.3, 0.6])
@pytest.mark.parametrize("apart", [1, 2, 500], ids=["neighbours", "next but one", "the next step"])
def test_samples_are_drawn_independently_of_each_other(sampler, apart, p):
    steps, rows = 40, 500
    present = Draws(sampler, np.full(6, p), rows, steps).present.reshape(-1, 2, apart, 6)
    assert_binomial((present[:, 0] * present[:, 1]).sum(), steps * rows * 6 // 2, p**2)


@both_samplers
@pytest.mark.parametrize(
    "frequency", [np.full(20, 0.3), np.ones(5), np.linspace(0.05, 1, 20)], ids=["some", "always", "various"]
)
def test_values_of_present_features_are_uniform_and_independent(sampler, frequency):
    values = Draws(sampler, frequency, rows=200, steps=20).values
    assert values.min() >= 0
    assert values.max() < 1
    assert_follows(values, "uniform")
    for apart in (1, 2, 20):
        assert_follows((values[apart:] - values[:-apart])[:: 2 * apart] % 1, "uniform")


@both_samplers
def test_values_do_not_tell_the_sample_that_they_are_in(sampler):
    f = Draws(sampler, np.full(20, 0.3), rows=8, steps=500).f.reshape(500, 8, 20)
    for row in range(8):
        values = f[:, row]
        assert_follows(values[values > 0], "uniform")


@both_samplers
@pytest.mark.parametrize("kind", ["features", "differences"])
def test_a_draw_follows_seed_and_step_alone(sampler, kind):
    drawn = sampler(np.full(30, 0.2), CPU)

    def draw(seed: int, step: int) -> np.ndarray:
        return dense([getattr(drawn, kind)(random_numbers(sampler, seed, step), 100)]).numpy()

    first = draw(1, 1)
    draw(1, 2)
    assert np.array_equal(draw(1, 1), first)
    assert not np.array_equal(draw(1, 2), first)
    assert not np.array_equal(draw(2, 1), first)


@both_samplers
@pytest.mark.parametrize("rows", [1, 7])
def test_features_of_frequency_one_are_always_present(sampler, rows):
    assert Draws(sampler, np.ones(5), rows, steps=1).present.all()


@both_samplers
@pytest.mark.parametrize("kind", ["features", "differences"])
def test_a_batch_without_any_feature_is_a_matrix_of_zeros(sampler, kind):
    f = Draws(sampler, np.full(5, 1e-15), rows=10, steps=1, kind=kind).f
    assert f.shape == (10, 5)
    assert not f.any()


@given(
    probability=some.lists(some.floats(1e-300, 1) | some.just(1.0), min_size=1, max_size=12),
    rows=some.integers(1, 40),
    seed=some.integers(0, 2**63),
)
def test_no_cell_is_drawn_twice_or_outside_of_the_matrix(probability: Sequence[float], rows: int, seed: int):
    samples = SparseSampler(np.array(probability), CPU).features(stream(seed, 1), rows)
    assert len(samples.counts) == len(probability)
    assert (samples.row < rows).all()
    assert presence(samples).max() <= 1
    assert (presence(samples).sum(axis=0) == samples.counts).all()
    assert (samples.counts[np.array(probability) == 1] == rows).all()


def difference_law(frequency: float) -> Callable[[np.ndarray], np.ndarray]:
    """Distribution function of f1 - f2 where it is drawn: triangular if both are present, else uniform on a side."""
    both = frequency**2 / (1 - (1 - frequency) ** 2)

    def distribution(value: np.ndarray) -> np.ndarray:
        beyond = (1 - both) / 2 * (1 - abs(value)) + both / 2 * (1 - abs(value)) ** 2
        return np.where(value < 0, beyond, 1 - beyond)

    return distribution


@both_samplers
@pytest.mark.parametrize(
    "frequency",
    [np.full(512, 1 / 128), np.array([1, 0.8, 0.5, 0.2, 0.01]), np.ones(3)],
    ids=["the paper's", "various", "always"],
)
def test_a_difference_is_present_when_either_half_is(sampler, frequency):
    present = Draws(sampler, frequency, rows=200, steps=50, kind="differences").present
    assert_binomial(present.sum(axis=0), 10_000, 1 - (1 - frequency) ** 2)


@both_samplers
@pytest.mark.parametrize("frequency", [0.5, 0.3, 0.025])
def test_values_of_a_difference_follow_its_law(sampler, frequency):
    values = Draws(sampler, np.full(24, frequency), rows=500, steps=10, kind="differences").values
    assert_follows(values, difference_law(frequency))
    assert_binomial((values > 0).sum(), len(values), 0.5)


@both_samplers
def test_differences_are_those_of_two_dense_draws(sampler, tiny_spec):
    spec = tiny_spec(task="abs", epsilon=0.9, batch_size=2000)
    drawn = Draws(sampler, np.full(24, 0.45), rows=2000, steps=1, kind="differences")
    f = reference.dense_draw(spec, torch.Generator().manual_seed(1)).numpy()
    present = f[f != 0]
    assert stats.ks_2samp(drawn.values, present).pvalue >= FALSE_ALARM
    table = [[drawn.present.sum(), len(present)], [f.size - drawn.present.sum(), f.size - len(present)]]
    assert stats.fisher_exact(table).pvalue >= FALSE_ALARM
