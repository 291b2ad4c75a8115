"""How long training takes on this machine: by what its finished runs took, or else by an assumption."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

from monosemanticity.errors import RefusedError
from monosemanticity.experiment.operations import operations
from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.results import environment, run_record
from monosemanticity.results.paths import Paths
from monosemanticity.results.run_record import Record
from monosemanticity.workflow.jobs import Jobs, train

ASSUMED = 4e10
"""Operations a second of one core, where nothing is known of it."""


class Pace(NamedTuple):
    """How fast one core of this machine trains."""

    rate: float
    """Operations a second."""
    runs: int
    """The finished runs that say so; 0 for the assumption."""

    @classmethod
    def of_this_machine(cls, runs: Mapping[str, RunSpec], results: Paths) -> Self:
        """By those of some runs that a processor of this name has finished, whatever code it ran."""
        records = {run_id: _finished_here(results, run_id) for run_id in runs}
        finished = [each for run_id, each in records.items() if each and each.spec == runs[run_id]]
        seconds = sum(each.cpu_seconds for each in finished)
        if not seconds:
            return cls(ASSUMED, 0)
        return cls(sum(operations(each.spec) for each in finished) / seconds, len(finished))

    def core_hours(self, specs: Iterable[RunSpec]) -> float:
        """What training some runs takes."""
        return sum(map(operations, specs)) / self.rate / 3600

    def __str__(self) -> str:
        if self.runs:
            return f"by {self.runs} finished run{'s' * (self.runs > 1)} of this machine"
        return f"assuming {self.rate / 1e9:g} Gflop/s of a core, as this machine has finished none"


def expected(jobs: Jobs, plan: Plan, pace: Pace) -> dict[str, float]:
    """The runs that are to be trained, each with the seconds that it takes one core."""
    return {run_id: pace.core_hours([spec]) * 3600 for run_id, spec in _due(jobs, plan).items()}


def total(jobs: Jobs, plan: Plan, pace: Pace) -> str:
    """How many runs are to be trained, and what that takes."""
    due = _due(jobs, plan)
    diverged = sum(jobs.verdict(train(run_id)).state == "diverged" for run_id in plan.runs)
    said = f", {diverged} diverged" if diverged else ""
    return (
        f"{len(plan.runs) - len(due) - diverged} of {len(plan.runs)} runs done{said}; the others take"
        f" {hours(pace.core_hours(due.values()))} of {hours(pace.core_hours(plan.runs.values()))} core-hours ({pace})"
    )


def hours(number: float) -> str:
    """Core-hours in two digits, or all of those before the point: 0.051, 3.4, 10,324."""
    return f"{number:.2g}" if number < 10 else f"{number:,.0f}"


def _due(jobs: Jobs, plan: Plan) -> dict[str, RunSpec]:
    due = {run_id: jobs.verdict(train(run_id)).state for run_id in plan.runs if jobs.due(train(run_id))}
    return {run_id: plan.runs[run_id] for run_id, state in due.items() if state != "diverged"}


def _finished_here(results: Paths, run_id: str) -> Record | None:
    try:
        found = run_record.read_any(results.run(run_id))
    except RefusedError:
        return None
    return found if environment.of_run(found)["device"] == environment.processor_name() else None
