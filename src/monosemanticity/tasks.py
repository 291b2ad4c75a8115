"""The three tasks (section 2.2): what is sampled, what the model sees, and what its output is held against."""

from typing import NamedTuple, Self

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from torch import Tensor

from monosemanticity.features import DifferenceSampler, FeatureSampler, frequencies, projection
from monosemanticity.spec import RunSpec


class Samples(NamedTuple):
    """Sparse feature vectors, sample by sample: sample s has entries starts[s] to starts[s + 1]."""

    starts: Int[Tensor, " b+1"]
    feature: Int[Tensor, " nnz"]
    value: Float[Tensor, " nnz"]

    @classmethod
    def of(cls, matrix: csr_array) -> Self:
        """View a sparse matrix's arrays as tensors."""
        return cls(*(torch.from_numpy(part) for part in (matrix.indptr, matrix.indices, matrix.data)))

    def rows(self, start: int, stop: int) -> Self:
        """The samples from start to stop."""
        starts = self.starts[start : stop + 1]
        entries = slice(int(starts[0]), int(starts[-1]))
        return type(self)(starts - starts[0], self.feature[entries], self.value[entries])

    def project(self, P: Float[Tensor, "N d"]) -> Float[Tensor, "b d"]:
        """P f of every sample: the sum of its features' embeddings."""
        return torch.nn.functional.embedding_bag(
            self.feature, P, self.starts, mode="sum", per_sample_weights=self.value, include_last_offset=True
        )

    def subtract_from(self, y: Float[Tensor, "b N"]) -> None:
        """Y -= f, touching the nonzero entries alone."""
        sample = torch.repeat_interleave(self.starts.diff())
        y.view(-1).index_add_(0, sample * y.shape[1] + self.feature, self.value, alpha=-1)


class FeatureDecoder:
    """Recover f from P f (eq. 1). The other tasks differ from it in a part each."""

    sampler = FeatureSampler
    share = 1.0
    """Of epsilon, at which each feature vector is drawn."""

    def __init__(self, spec: RunSpec, random: np.random.Generator) -> None:
        self.P: Float[Tensor, "N d"] = _float32(projection(random, spec.N, spec.d))
        frequency = frequencies(spec.distribution, spec.N, spec.epsilon * self.share)
        self._samples = self.sampler(frequency, spec.batch_size)

    def draw(self, random: np.random.Generator) -> Samples:
        """A fresh batch."""
        return Samples.of(self._samples.draw(random))

    def inputs(self, samples: Samples) -> Float[Tensor, "b d"]:
        return samples.project(self.P)

    def subtract_target(self, y: Float[Tensor, "b outputs"], samples: Samples) -> None:
        """Turn outputs into residuals, in place."""
        samples.subtract_from(y)

    def projections(self) -> dict[str, Float[Tensor, "N d"]]:
        """The fixed random maps, by their symbols."""
        return {"P": self.P}


class ReProjector(FeatureDecoder):
    """Random re-projector: produce Q f from P f (eq. 2)."""

    def __init__(self, spec: RunSpec, random: np.random.Generator) -> None:
        super().__init__(spec, random)
        self.Q: Float[Tensor, "N d"] = _float32(projection(random, spec.N, spec.d))

    def subtract_target(self, y: Float[Tensor, "b d"], samples: Samples) -> None:
        y.sub_(samples.project(self.Q))

    def projections(self) -> dict[str, Float[Tensor, "N d"]]:
        return {"P": self.P, "Q": self.Q}


class AbsoluteValue(FeatureDecoder):
    """Absolute value calculator: produce |f1 - f2| from P (f1 - f2) (eq. 3)."""

    sampler = DifferenceSampler
    share = 0.5

    def subtract_target(self, y: Float[Tensor, "b N"], samples: Samples) -> None:
        samples._replace(value=samples.value.abs()).subtract_from(y)


TASKS: dict[str, type[FeatureDecoder]] = {"decoder": FeatureDecoder, "reprojector": ReProjector, "abs": AbsoluteValue}


def _float32(matrix: Float[np.ndarray, "N d"]) -> Float[Tensor, "N d"]:
    return torch.from_numpy(matrix.astype(np.float32))
