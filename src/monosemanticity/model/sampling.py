"""Fresh feature vectors with entries in [0, 1], each present with its own frequency (section 2.1)."""

import numpy as np
import torch
from jaxtyping import Float

from monosemanticity.model import sparse_loops
from monosemanticity.model.feature_vectors import DenseSamples, SparseSamples


class SparseSampler:
    """Draws the nonzero cells alone: how many each feature has, then where they are."""

    def __init__(self, frequency: Float[np.ndarray, " N"], device: torch.device) -> None:
        self.frequency = frequency
        self.either = frequency * (2 - frequency)  # 1 - (1 - frequency)^2
        self.both = frequency**2 / self.either

    def features(self, random: np.random.Generator, rows: int) -> SparseSamples:
        """Feature vectors f (decoder and re-projector)."""
        return self._cells(random, rows, self.frequency)

    def differences(self, random: np.random.Generator, rows: int) -> SparseSamples:
        """f1 - f2 of two feature vectors, each with the sampler's frequencies (absolute value task)."""
        samples = self._cells(random, rows, self.either)
        both = np.repeat(self.both, samples.counts)
        which = random.random(len(both))
        second = np.where(which < both, random.random(len(both), dtype=np.float32), 0)
        samples.value[which > (1 + both) / 2] *= -1
        np.subtract(samples.value, second, out=samples.value)
        return samples

    @staticmethod
    def _cells(random: np.random.Generator, rows: int, frequency: Float[np.ndarray, " N"]) -> SparseSamples:
        counts = random.binomial(rows, frequency)
        row, value = sparse_loops.place_cells(random, counts, random.random(counts.sum()), rows)
        return SparseSamples(rows, counts, row, value)


class DenseSampler:
    """Draws one uniform number for every entry: below the frequency it is present, and its share of it the value."""

    def __init__(self, frequency: Float[np.ndarray, " N"], device: torch.device) -> None:
        self.frequency = torch.tensor(frequency, dtype=torch.float32, device=device)

    def features(self, random: torch.Generator, rows: int) -> DenseSamples:
        """Feature vectors f (decoder and re-projector)."""
        return DenseSamples(self._entries(random, rows))

    def differences(self, random: torch.Generator, rows: int) -> DenseSamples:
        """f1 - f2 of two feature vectors, each with the sampler's frequencies (absolute value task)."""
        return DenseSamples(self._entries(random, rows).sub_(self._entries(random, rows)))

    def _entries(self, random: torch.Generator, rows: int) -> Float[torch.Tensor, "rows N"]:
        share = torch.rand(rows, len(self.frequency), generator=random, device=self.frequency.device)
        share.div_(self.frequency)
        return share.masked_fill_(share >= 1, 0)
