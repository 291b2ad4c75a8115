"""The runs of a page: what each is of, its state, what it came to, what it cost and what made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monosemanticity.report.gaps import Gap
from monosemanticity.report.sources import Sources
from monosemanticity.workflow.jobs import measure, train

MADE_BY = ("device", "products", "threads", "torch", "precision")
TABLED = "in the tables, not here"
"""The state of a run whose files are elsewhere, as in a folder that was sent without them."""


@dataclass(frozen=True)
class Line:
    """A run as it is listed."""

    run: str
    asked: str
    """Its batches, and its settings in them."""
    state: str
    why: str
    """What is wrong with it; nothing of one that is done."""
    command: str
    """That makes it."""
    final: Mapping[str, Any]
    """Its row of the table of final models: nothing where that is not there."""


def lines(sources: Sources, models: pd.DataFrame | Gap) -> list[Line]:
    """The runs of the paper's batches, in their order."""
    final = {} if isinstance(models, Gap) else {row["run"]: row for row in models.to_dict("records")}
    return [_line(run_id, sources, final.get(run_id, {})) for run_id in sources.plan.runs]


def _line(run_id: str, sources: Sources, final: Mapping[str, Any]) -> Line:
    verdict = sources.jobs.verdict(train(run_id))
    elsewhere = bool(final) and verdict.state == "to do"
    if verdict.state == "done":
        verdict = sources.jobs.verdict(measure(run_id))
    return Line(
        run_id,
        f"{sources.plan.batches_of(run_id)}, seed {sources.plan.runs[run_id].seed}",
        TABLED if elsewhere else verdict.state,
        "" if elsewhere else "; ".join(verdict.reasons),
        sources.command(next(iter(sources.plan.places[run_id]))),
        final,
    )


def made_by(models: pd.DataFrame) -> dict[str, str]:
    """What made some runs: 'torch': '2.13.0 (113 runs)'."""
    return {
        what: ", ".join(
            f"{which} ({number} run{'s' * (number > 1)})" for which, number in models[what].value_counts().items()
        )
        for what in MADE_BY
    }
