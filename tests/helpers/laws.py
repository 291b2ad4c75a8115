"""Exact statistical bounds: a right sampler fails one with chance 1e-9."""

from collections.abc import Callable

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-9


def assert_binomial(counts: np.ndarray | int, n: int, p: np.ndarray | float) -> None:
    """Each count is one of n coins of probability p: exact tails, shared out over the counts."""
    counts, p = np.broadcast_arrays(counts, p)
    tail = np.minimum(stats.binom.cdf(counts, n, p), stats.binom.sf(counts - 1, n, p))
    assert tail.min() >= FALSE_ALARM / (2 * counts.size)


def assert_follows(values: np.ndarray, law: str | Callable[[np.ndarray], np.ndarray]) -> None:
    """The values have a distribution function: Kolmogorov and Smirnov's test."""
    assert stats.kstest(values.astype(float), law).pvalue >= FALSE_ALARM
