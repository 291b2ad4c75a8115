"""Sparse features: how frequent each is, when it is present, and where it is embedded (section 2.1)."""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csc_array, csr_array

from monosemanticity.spec import Distribution

POWER_LAW_EXPONENT = 1.1


def frequencies(distribution: Distribution, N: int, epsilon: float) -> Float[np.ndarray, " N"]:
    """Frequency of each feature: epsilon for all, or proportional to i^-1.1 with mean epsilon, then at most 1."""
    if distribution == "uniform":
        return np.full(N, epsilon)
    weights = np.arange(1, N + 1) ** -POWER_LAW_EXPONENT
    return np.minimum(weights * (epsilon / weights.mean()), 1.0)


def projection(random: np.random.Generator, N: int, d: int) -> Float[np.ndarray, "N d"]:
    """A random linear map from features to d dimensions: row j is the unit-norm embedding of feature j.

    The left singular vectors of a normal matrix, each row scaled to unit length (protocol of the authors' code).
    """
    U, _, _ = np.linalg.svd(random.standard_normal((N, d)), full_matrices=False)
    return U / np.linalg.norm(U, axis=1, keepdims=True)


class SparseCells:
    """The nonzero cells of a b x N sample matrix: feature j is present in a sample with probability p_j.

    Points of a Poisson process fall on a line along which cell (s, j) has the length -log(1 - p_j): a cell is hit
    at least once with probability p_j exactly, independently of all others, and only the hits are ever drawn.
    """

    def __init__(self, probability: Float[np.ndarray, " N"], b: int) -> None:
        self.b = b
        certain = probability >= 1
        self.hazard = np.where(certain, 1.0, -np.log1p(-np.where(certain, 0.5, probability)))
        self.certain = np.flatnonzero(certain)
        lengths = np.where(certain, 0.0, self.hazard * b)
        self.ends = np.cumsum(lengths)
        self.starts = self.ends - lengths

    def draw(self, random: np.random.Generator) -> tuple[Int[np.ndarray, " nnz"], Int[np.ndarray, " features"]]:
        """The sample of each nonzero cell, feature by feature, and how many there are of each feature."""
        points = self._poisson_points(random)
        hits = np.diff(np.searchsorted(points, self.ends), prepend=0)
        feature = np.repeat(np.arange(len(hits)), hits)
        sample = ((points - self.starts[feature]) / self.hazard[feature]).astype(np.int32)
        np.minimum(sample, self.b - 1, out=sample)  # a point within rounding of its feature's end
        first = np.ones(len(sample), dtype=bool)
        first[1:] = (sample[1:] != sample[:-1]) | (feature[1:] != feature[:-1])
        sample, counts = sample[first], np.bincount(feature[first], minlength=len(hits))
        if len(self.certain):
            before = np.repeat(np.cumsum(counts)[self.certain], self.b)
            sample = np.insert(sample, before, np.tile(np.arange(self.b, dtype=np.int32), len(self.certain)))
            counts[self.certain] = self.b
        return sample, counts

    def _poisson_points(self, random: np.random.Generator) -> Float[np.ndarray, " hits"]:
        """The points of a unit-rate Poisson process on [0, total length), in order."""
        total = self.ends[-1]
        points = np.empty(0)
        while not len(points) or points[-1] < total:
            reached = points[-1] if len(points) else 0.0
            missing = total - reached
            gaps = random.standard_exponential(int(missing + 6 * np.sqrt(missing) + 16))
            points = np.concatenate([points, reached + np.cumsum(gaps)])
        return points[: np.searchsorted(points, total)]


class FeatureSampler:
    """Feature vectors f with entries in [0, 1], each present with its frequency (decoder and re-projector)."""

    def __init__(self, frequency: Float[np.ndarray, " N"], b: int) -> None:
        self.cells = SparseCells(frequency, b)

    def draw(self, random: np.random.Generator) -> csr_array:
        """A b x N sparse matrix of fresh samples, float32."""
        sample, counts = self.cells.draw(random)
        return _sample_matrix(random.random(len(sample), dtype=np.float32), sample, counts, self.cells.b)


class DifferenceSampler:
    """Differences f = f1 - f2 of two feature vectors, each drawn at the given frequency (absolute value task)."""

    def __init__(self, frequency: Float[np.ndarray, " N"], b: int) -> None:
        either = frequency * (2 - frequency)  # 1 - (1 - frequency)^2
        self.cells = SparseCells(either, b)
        self.both = frequency**2 / either

    def draw(self, random: np.random.Generator) -> csr_array:
        """A b x N sparse matrix of fresh samples with entries in [-1, 1], float32."""
        sample, counts = self.cells.draw(random)
        both = np.repeat(self.both, counts)
        which = random.random(len(sample))
        f1, f2 = random.random((2, len(sample)), dtype=np.float32)
        only_second = which >= (1 + both) / 2
        value = np.where(which < both, f1 - f2, np.where(only_second, -f2, f1))
        return _sample_matrix(value, sample, counts, self.cells.b)


def _sample_matrix(
    value: Float[np.ndarray, " nnz"], sample: Int[np.ndarray, " nnz"], counts: Int[np.ndarray, " N"], b: int
) -> csr_array:
    """Entries that come feature by feature, ordered sample by sample (a counting sort)."""
    columns = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return csc_array((value, sample, columns), shape=(b, len(counts))).tocsr()
