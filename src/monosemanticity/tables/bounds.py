"""How many rows a table of some batches can have: a file that claims more is not read."""

from collections.abc import Callable

from monosemanticity.experiment.plan import PlannedBatch
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results.paths import MEMBERS, MODELS

OF_A_RUN: dict[str, Callable[[RunSpec], int]] = {
    "traces": lambda spec: spec.steps,
    "measures": lambda spec: len(spec.checkpoint_steps),
    "neurons": lambda spec: spec.k,
    "features": lambda spec: spec.N,
    MEMBERS: lambda spec: 1,
    MODELS: lambda spec: 1,
}
"""Of each table, at most."""


def most_rows(name: str, *batches: PlannedBatch) -> int:
    """Of a table of these batches, at most."""
    return sum(OF_A_RUN[name](member.spec) for batch in batches for member in batch.members)
