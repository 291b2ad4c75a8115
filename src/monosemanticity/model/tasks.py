"""The three tasks (section 2.2): what is sampled, what the model sees, and what its output is held against."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from monosemanticity.experiment.frequencies import FREQUENCIES
from monosemanticity.experiment.spec import RunSpec, Task
from monosemanticity.model.feature_vectors import Samples
from monosemanticity.model.projection import projection

if TYPE_CHECKING:  # a task asks it for its sampler
    from monosemanticity.training.devices import Device


class FeatureDecoder:
    """Recover f from P f (eq. 1). The other tasks differ from it in a part each."""

    share = 1.0
    """Of epsilon, at which each feature vector is drawn."""

    def __init__(self, spec: RunSpec, random: np.random.Generator, device: "Device") -> None:
        self.P: Float[Tensor, "N d"] = _float32(projection(random, spec.N, spec.d), device)
        self.sampler = device.sampler(FREQUENCIES[spec.distribution](spec.N, spec.epsilon * self.share), device.torch)

    def draw(self, random: Any, rows: int) -> Samples:
        """Fresh samples, from the device's kind of random numbers."""
        return self.sampler.features(random, rows)

    def targets(self, samples: Samples) -> Samples:
        """What the outputs should be, where that is one number a feature."""
        return samples

    def subtract_target(self, y: Float[Tensor, "rows outputs"], samples: Samples) -> None:
        """Turn outputs into residuals, in place."""
        self.targets(samples).subtract_from(y)

    def projections(self) -> dict[str, Float[Tensor, "N d"]]:
        """The fixed random maps, by their symbols."""
        return {"P": self.P}


class ReProjector(FeatureDecoder):
    """Random re-projector: produce Q f from P f (eq. 2)."""

    def __init__(self, spec: RunSpec, random: np.random.Generator, device: "Device") -> None:
        super().__init__(spec, random, device)
        self.Q: Float[Tensor, "N d"] = _float32(projection(random, spec.N, spec.d), device)
        self._minus_Q = -self.Q

    def subtract_target(self, y: Float[Tensor, "rows d"], samples: Samples) -> None:
        samples.add_rows(y, self._minus_Q)

    def projections(self) -> dict[str, Float[Tensor, "N d"]]:
        return {"P": self.P, "Q": self.Q}


class AbsoluteValue(FeatureDecoder):
    """Absolute value calculator: produce |f1 - f2| from P (f1 - f2) (eq. 3)."""

    share = 0.5

    def draw(self, random: Any, rows: int) -> Samples:
        return self.sampler.differences(random, rows)

    def targets(self, samples: Samples) -> Samples:
        return samples.magnitudes()


TASKS: dict[Task, type[FeatureDecoder]] = {"decoder": FeatureDecoder, "reprojector": ReProjector, "abs": AbsoluteValue}


def _float32(matrix: Float[np.ndarray, "N d"], device: "Device") -> Float[Tensor, "N d"]:
    return torch.from_numpy(matrix.astype(np.float32)).to(device.torch)
