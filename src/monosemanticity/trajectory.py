"""The trajectory of a run: its steps in order, what is recorded of them and which models are kept. Nothing is written."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from monosemanticity import devices, measure
from monosemanticity.captured_run import CapturedRun
from monosemanticity.errors import DivergedError
from monosemanticity.lamb import swing
from monosemanticity.measure import Model
from monosemanticity.run import Run
from monosemanticity.spec import RunSpec
from monosemanticity.step import Losses

LOSS_EVERY = 16


class Moment(NamedTuple):
    """A step that was taken."""

    step: int
    row: dict[str, Any] | None
    """What is recorded of it, by the columns of the trace."""
    tensors: dict[str, Tensor] | None
    """The model, where it is kept."""


def start(spec: RunSpec, threads: int) -> Run:
    """A run at step 0: on a graphics card where there is one, else on so many threads of the processor."""
    if torch.cuda.is_available():
        return CapturedRun(spec, devices.graphics_card(spec.precision))
    return Run(spec, devices.processor(spec.precision, threads))


def follow(run: Run, after: int) -> Iterator[Moment]:
    """Take the steps of a run after one, to its last. Raises DivergedError when the numbers are no longer finite."""
    kept = set(run.spec.checkpoint_steps)
    for t in range(after + 1, run.spec.steps + 1):
        losses = run.advance(t)
        row = tensors = None
        if t in kept:
            tensors = run.tensors()
            row = _recorded(run, t, losses) | _measured(run.spec, t, losses, tensors)
        elif t % LOSS_EVERY == 0:
            row = _recorded(run, t, losses)
        yield Moment(t, row, tensors)


def _recorded(run: Run, t: int, losses: Losses) -> dict[str, Any]:
    loss = float(losses.task)
    if not (math.isfinite(loss) and run.parameters.flat.isfinite().all()):
        raise DivergedError(
            f"{run.spec.run_id}: diverged by step {t}: the loss is {loss}, the largest weight"
            f" {float(run.parameters.flat.abs().max())}; lower learning_rate: {run.spec.learning_rate:g}"
        )
    return {"step": t, "loss": loss}


def _measured(spec: RunSpec, t: int, losses: Losses, tensors: dict[str, Tensor]) -> dict[str, Any]:
    model = Model(spec.task, spec.activation, *(tensors[name] for name in ("P", "W1", "b", "W2")))
    terms = {"learning_rate": swing(spec.learning_rate, t), "l1_term": float(losses.l1)}
    return measure.summary(model)._asdict() | terms
