"""What would be made again and why, in words; and what an edit of the code would cost."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from monosemanticity.experiment.plan import Plan
from monosemanticity.identity.code import changes
from monosemanticity.identity.history import earlier_program
from monosemanticity.identity.program import Program
from monosemanticity.results import environment, run_record
from monosemanticity.results.paths import Paths
from monosemanticity.workflow.jobs import Jobs, reached_by, train
from monosemanticity.workflow.pace import Pace, hours

DONE = {"train": "trained", "measure": "measured", "companion": "trained"}
"""What becomes of a run."""


def explain(names: Collection[str], jobs: Jobs, plan: Plan, results: Paths) -> Iterator[str]:
    """Why results, and what they are made from, would be made again, runs of the same reasons together."""
    alike: dict[tuple, list[str]] = defaultdict(list)
    behind = jobs.behind(names)
    for name in behind:
        job = jobs.jobs[name]
        if job.run and (reasons := jobs.due(name)):
            alike[(job.stage, reasons)].append(job.run)
    for (stage, reasons), runs in alike.items():
        others = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
        yield "\n    ".join([f"{runs[0]}{others} would be {DONE[stage]}:", *reasons])
    for name in (name for name in behind if not jobs.jobs[name].run):
        if reasons := jobs.due(name):
            yield "\n    ".join([f"{name} would be made again:", *reasons])
        elif name in names:
            yield f"{name} is up to date"
        if name in names and (differences := _differently_made(name, jobs, plan, results)):
            yield f"    its runs were not all made with the same: {differences}"


def _differently_made(name: str, jobs: Jobs, plan: Plan, results: Paths) -> str:
    behind = set(jobs.behind([name]))
    records = [
        run_record.read_record(results.run(run_id), spec)
        for run_id, spec in plan.runs.items()
        if train(run_id) in behind and not jobs.due(train(run_id))
    ]
    return environment.differences(environment.of_runs(records))


def cost_of_change(change: str, names: Iterable[str], jobs: Jobs, plan: Plan, pace: Pace) -> Iterator[str]:
    """What the code as it is would rerun if all results were made by an earlier one.

    `change` is a source file, held against its last committed version, or a git revision. What changes numbers of runs,
    as the mapping of a scale, is not seen here: `explain` sees it. Raises CodeError where git does not know it.
    """
    earlier = earlier_program("HEAD", Path(change)) if Path(change).exists() else earlier_program(change)
    touched = jobs.touched_since(earlier)
    due = [name for name in jobs.behind(names) if name in touched]
    trained = [spec for run_id, spec in plan.runs.items() if train(run_id) in due]
    counts = Counter(jobs.jobs[name].stage for name in due)
    others = [name for name in due if not jobs.jobs[name].run]
    yield from _changed(due, jobs, earlier)
    yield (
        f"{len(trained)} runs would be trained, {hours(pace.core_hours(trained))} core-hours ({pace});"
        f" {counts['measure']} would be measured; of the companion studies {counts['companion']} would be trained;"
        f" made again: {', '.join(others) or 'nothing else'}"
    )


def _changed(due: Iterable[str], jobs: Jobs, earlier: Program) -> list[str]:
    """The definitions that differ, each once, and one way by which a result comes to it."""
    lines = {}
    for of in {jobs.jobs[name].code for name in due}:
        now = of.reach()
        for name, what in changes(of.definitions_in(earlier), now.definitions).items():
            lines.setdefault(name, f"{name}: {what}{reached_by(now.chain(name))}")
    return [lines[name] for name in sorted(lines)]
