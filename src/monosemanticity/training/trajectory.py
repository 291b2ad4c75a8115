"""The trajectory of a run: its steps in order, what is recorded of them and which models are kept."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from monosemanticity.errors import DivergedError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.training import devices
from monosemanticity.training.cuda_graph import CudaGraphRun
from monosemanticity.training.run import Run
from monosemanticity.training.schedule import cosine_annealed

LOSS_EVERY = 16


class Moment(NamedTuple):
    """A step that was taken."""

    step: int
    row: dict[str, float] | None
    """What is recorded of it, by the columns of the trace."""
    tensors: dict[str, Tensor] | None
    """The model, where it is kept."""


def start(spec: RunSpec, threads: int) -> Run:
    """A run at step 0: on a graphics card where there is one, else on so many threads of the processor."""
    if torch.cuda.is_available():
        return CudaGraphRun(spec, devices.graphics_card(spec.precision))
    return Run(spec, devices.processor(spec.precision, threads))


def follow(run: Run, after: int) -> Iterator[Moment]:
    """Take the steps of a run after one, to its last. Raises DivergedError when the numbers are no longer finite."""
    kept = set(run.spec.checkpoint_steps)
    for t in range(after + 1, run.spec.steps + 1):
        run.advance(t)
        yield Moment(
            t,
            row=_recorded(run, t) if t in kept or t % LOSS_EVERY == 0 else None,
            tensors=run.tensors() if t in kept else None,
        )


def _recorded(run: Run, t: int) -> dict[str, float]:
    loss, l1_term = run.take_losses()
    if not (math.isfinite(loss) and run.parameters.flat.isfinite().all()):
        raise DivergedError(
            f"{run.spec.run_id}: diverged by step {t}: the loss is {loss}, the largest weight"
            f" {float(run.parameters.flat.abs().max())}; lower learning_rate: {run.spec.learning_rate:g}"
        )
    learning_rate = cosine_annealed(run.spec.learning_rate, t)
    return {"step": t, "loss": loss, "l1_term": l1_term, "learning_rate": learning_rate}
