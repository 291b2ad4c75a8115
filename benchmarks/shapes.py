"""The shapes that are measured, and what is measured at a shape: a step, its products done plainly, the reference."""

import itertools
from collections.abc import Callable

import torch

from helpers import reference
from monosemanticity.experiment.operations import cheaper_form
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.training import devices
from monosemanticity.training.run import Run

PRODUCT = 2**23
"""b k of every run at the scale paper."""
BATCH_OF_K0 = {
    "task": "decoder",
    "activation": "relu",
    "distribution": "uniform",
    "learning_rate": 0.007,
    "decay": 0.03,
    "bias_offset": -1,
    "l1": 0,
    "steps": 2**17,
    "precision": "float32",
    "seed": 0,
}


def paper(k: int, **instead: object) -> RunSpec:
    """A run at the scale paper."""
    numbers = BATCH_OF_K0 | {"N": 512, "d": 64, "k": k, "epsilon": 1 / 64, "batch_size": PRODUCT // k}
    return in_cheaper_form(RunSpec(**numbers | instead))


def preview(batch_size: int = 1024, **instead: object) -> RunSpec:
    """A run of the size of the scale preview."""
    numbers = BATCH_OF_K0 | {"N": 256, "d": 64, "k": 512, "epsilon": 1 / 32, "batch_size": batch_size}
    return in_cheaper_form(RunSpec(**numbers | instead))


def in_cheaper_form(spec: RunSpec) -> RunSpec:
    """As the plan decides."""
    return spec.model_copy(update={"form": cheaper_form(spec)})


def stepping(spec: RunSpec, precision: str | None = None) -> Callable[[], object]:
    """Takes the next step of a run on one thread, optimiser, decay and schedule included."""
    run = Run(spec, devices.processor(precision or spec.precision, threads=1))
    steps = itertools.count(1)
    return lambda: run.advance(next(steps))


def products(spec: RunSpec) -> Callable[[], object]:
    """Does the five matrix products of a dense step, each at once for the whole batch, into memory that is there."""
    b, d, k, outputs = spec.batch_size, spec.d, spec.k, spec.n_outputs
    x, W1, W2 = torch.randn(b, d), torch.randn(d, k), torch.randn(k, outputs)
    h, y, dh = torch.empty(b, k), torch.empty(b, outputs), torch.empty(b, k)
    dW1, dW2 = torch.empty(d, k), torch.empty(k, outputs)

    def multiply() -> None:
        torch.mm(x, W1, out=h)
        torch.mm(h, W2, out=y)
        torch.mm(h.T, y, out=dW2)
        torch.mm(y, W2.T, out=dh)
        torch.mm(x.T, dh, out=dW1)

    return multiply


def obvious(spec: RunSpec) -> Callable[[], object]:
    """Takes the next step of the reference in float32: dense draws, autograd, an optimiser of one tensor at a time."""
    generator = torch.Generator().manual_seed(spec.seed)
    training = reference.Training(spec, reference.projection(spec, generator), dtype=torch.float32)
    return lambda: training.step(reference.dense_draw(spec, generator))
