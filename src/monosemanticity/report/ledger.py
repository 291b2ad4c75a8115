"""The runs of a page: what each is of, its state, what it came to, what it cost and what made it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from monosemanticity.report.gaps import Gap, or_gap
from monosemanticity.report.sources import Sources
from monosemanticity.results import environment, run_record
from monosemanticity.results.run_record import Record
from monosemanticity.workflow.jobs import train


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
    final_loss: float | None
    per_feature: float | None
    converged: bool | None
    record: Record | None
    """What made it and what it cost, where that is there."""


def lines(sources: Sources, models: pd.DataFrame | Gap) -> list[Line]:
    """The runs of the paper's batches, in their order."""
    final = {} if isinstance(models, Gap) else {row["run"]: row for row in models.to_dict("records")}
    return [_line(run_id, sources, final.get(run_id, {})) for run_id in sources.plan.runs]


def _line(run_id: str, sources: Sources, final: Mapping[str, float]) -> Line:
    spec, places = sources.plan.runs[run_id], sources.plan.places[run_id]
    verdict, command = sources.jobs.verdict(train(run_id)), sources.command(next(iter(places)))
    read = or_gap(lambda: run_record.read_record(sources.paths.run(run_id), spec), run_id, command)
    record = read if isinstance(read, Record) else None
    why = "; ".join(verdict.reasons) or (read.why if isinstance(read, Gap) else "")
    return Line(
        run_id,
        ", ".join(f"{name} {member.asked()}".rstrip() for name, member in places.items()),
        verdict.state,
        why,
        command,
        final.get("final_loss"),
        final.get("per_feature"),
        final.get("converged"),
        record,
    )


def made_by(records: Iterable[Record]) -> dict[str, str]:
    """What made some runs: 'torch': '2.13.0 (113 runs)'."""
    counts = environment.of_runs(records)
    return {
        what: ", ".join(f"{name} ({number} run{'s' * (number > 1)})" for name, number in which.items())
        for what, which in counts.items()
    }
