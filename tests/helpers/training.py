"""Runs to hold against the reference: in either form, on the processor or with the parts that a card takes."""

from collections.abc import Sequence
from typing import get_args

import numpy as np
import torch
from torch import Tensor

from helpers import reference
from monosemanticity.experiment.spec import Form, RunSpec
from monosemanticity.model.feature_vectors import Samples, SparseSamples
from monosemanticity.model.sampling import DenseSampler
from monosemanticity.training import devices
from monosemanticity.training.cuda_graph import CudaGraphRun
from monosemanticity.training.lamb import Lamb
from monosemanticity.training.products import Products
from monosemanticity.training.run import Run

PROCESSOR = devices.processor("float32", threads=1)
CARD = devices.Device(
    "what a card takes, on the processor",
    torch.device("cpu"),
    Products("float32", "MKL"),
    DenseSampler,
    Lamb,
    slice_floats=2**25,
)
DEVICES = {"processor": PROCESSOR, "card": CARD}
FORMS: tuple[Form, ...] = get_args(Form)


def start(spec: RunSpec, form: Form | None = None, device: devices.Device = PROCESSOR) -> Run:
    """A run at step 0, in its own form or in one of our choice."""
    kind = CudaGraphRun if device.sampler is DenseSampler else Run
    return kind(spec.model_copy(update={"form": form}) if form else spec, device)


def batch(run: Run, t: int) -> list[Samples]:
    """The samples of step t."""
    random = run.random(t)
    return [run.task.draw(random, rows) for rows in run.compute.slices]


def dense(samples: Sequence[Samples]) -> Tensor:
    """A batch as the matrix f that the reference works with."""
    return torch.cat([_matrix(part) for part in samples])


def _matrix(samples: Samples) -> Tensor:
    if not isinstance(samples, SparseSamples):
        return samples.F.double().cpu()
    return torch.from_numpy(_added_up(samples, samples.value.astype(float)))


def twin(run: Run, steps_taken: int = 0) -> reference.Training:
    """The reference with a run's projections and weights."""
    tensors = run.tensors()
    training = reference.Training(run.spec, tensors["P"], tensors.get("Q"), steps_taken=steps_taken)
    training.set_weights(*(tensors[name] for name in ("W1", "b", "W2")))
    return training


def presence(samples: SparseSamples) -> np.ndarray:
    """Which cells were drawn, an exact zero among the values included; a cell drawn twice counts twice."""
    return _added_up(samples, np.ones(len(samples.row), dtype=int))


def _added_up(samples: SparseSamples, values: np.ndarray) -> np.ndarray:
    """A matrix of the values of all cells; those of cells of one place are added up."""
    assert samples.counts.sum() == len(samples.row) == len(values)
    matrix = np.zeros((samples.rows, len(samples.counts)), dtype=values.dtype)
    np.add.at(matrix, (samples.row, np.repeat(np.arange(len(samples.counts)), samples.counts)), values)
    return matrix
