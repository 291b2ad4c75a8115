"""The trajectory of a companion run: its steps in order, what is recorded of them and which models are kept."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float

from monosemanticity.companions.incidental import training as incidental
from monosemanticity.companions.superposition import training as superposition
from monosemanticity.errors import DivergedError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.training import devices

Arrays = Mapping[str, np.ndarray]


@runtime_checkable
class Training(Protocol):
    """Models of one setting in training, the instance on the first axis of everything."""

    def step(self, t: int) -> None:
        """Take training step t, counted from 1; its randomness is a function of the seed and t."""

    def record(self) -> dict[str, Float[np.ndarray, " instances"]]:
        """What the trace holds of the models as they stand."""

    def tensors(self) -> Arrays:
        """What is kept of them, by the symbols of the paper."""

    def state(self) -> Arrays:
        """All that later steps depend on."""

    def restore(self, state: Arrays) -> None:
        """Take up a state."""


class Moment(NamedTuple):
    """A step that was taken; step 0 is before the first."""

    step: int
    row: dict[str, Float[np.ndarray, " instances"]] | None
    """What is recorded of it."""
    tensors: Arrays | None
    """The models, where they are kept."""


TRAININGS: dict[str, type[Training]] = {
    "incidental": incidental.IncidentalTraining,
    "superposition": superposition.SuperpositionTraining,
}
TRACES = {"incidental": incidental.TRACE, "superposition": superposition.TRACE}
"""Of each study what is recorded: column by column its unit and meaning."""


def start(spec: CompanionSpec) -> Training:
    """A run at step 0, on one thread of the processor, with its fastest exact products."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    devices.exact_products()
    return TRAININGS[spec.study](spec)


def follow(training: Training, spec: CompanionSpec, after: int) -> Iterator[Moment]:
    """Take the steps of a run after one, to its last; after -1 comes step 0, the start.

    Raises DivergedError when the numbers are no longer finite.
    """
    recorded, kept = set(spec.recorded_steps), set(spec.checkpoint_steps)
    for t in range(after + 1, spec.steps + 1):
        if t:
            training.step(t)
        yield Moment(
            t,
            row=_row(training, spec, t) if t in recorded else None,
            tensors=training.tensors() if t in kept else None,
        )


def _row(training: Training, spec: CompanionSpec, t: int) -> dict[str, Float[np.ndarray, " instances"]]:
    row = training.record()
    if not np.isfinite(row["loss"]).all():
        raise DivergedError(f"{spec.run_id}: diverged by step {t}: the loss is no longer finite; lower learning_rate")
    return row
