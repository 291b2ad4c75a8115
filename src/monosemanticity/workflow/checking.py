"""Runs, measures and tables read whole, checksums and all; the workflow looks at heads and at sizes of files.

Of a figure the PNG has checksums; its other files are known by their sizes.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from monosemanticity.companions import measuring, runs
from monosemanticity.errors import RefusedError, ResultError
from monosemanticity.experiment.plan import Plan
from monosemanticity.measures import measured
from monosemanticity.results import checkpoints, parquet, paths
from monosemanticity.tables.bounds import most_rows
from monosemanticity.training import loss_trace
from monosemanticity.workflow.jobs import Job, Jobs


def damaged(jobs: Jobs, plan: Plan) -> Iterator[tuple[str, str]]:
    """The jobs whose result is there and damaged, each with what is wrong with it."""
    for name, job in jobs.jobs.items():
        verdict = jobs.verdict(name)
        if verdict.state == "damaged":
            yield name, "; ".join(verdict.reasons)
        elif verdict.state == "done" and job.stage in READ:
            try:
                READ[job.stage](job, plan)
            except RefusedError as error:
                yield name, str(error)


def refuse_beside_a_workflow(project: Path) -> None:
    """Raise ResultError while a workflow runs in a folder: what it has written in part would be taken for damaged."""
    if any(project.glob(".snakemake/locks/*")):
        raise ResultError(
            f"{project / '.snakemake/locks'}: a workflow works here; wait for its end, or, if it was killed, first run"
            " snakemake --unlock"
        )


def _read_training(job: Job, plan: Plan) -> None:
    spec, run = plan.runs[job.run], job.head.parent
    loss_trace.read_trace(run, spec)
    for step in spec.checkpoint_steps:
        checkpoints.read_checkpoint(run, step, spec)


def _read_measuring(job: Job, plan: Plan) -> None:
    spec, run = plan.runs[job.run], job.head.parent
    measured.read_measures(run, spec)
    measured.read_neurons(run, spec)
    measured.read_features(run, spec)


def _read_tables(job: Job, plan: Plan) -> None:
    for name in paths.TABLES:
        parquet.read_table(job.head.with_name(f"{name}.parquet"), job.of, most_rows(name, *plan.batches.values()))


def _read_companion(job: Job, plan: Plan) -> None:
    spec, run = plan.companion_runs[job.head.parent.name], job.head.parent
    runs.read_trace(run, spec)
    for step in spec.checkpoint_steps:
        runs.read_models(run, step, spec)


def _read_experiment(job: Job, plan: Plan) -> None:
    measuring.read_best(plan.companions[job.head.parent.name][job.head.stem], job.head)  # reads the table too


READ: dict[str, Callable[[Job, Plan], None]] = {
    "train": _read_training,
    "measure": _read_measuring,
    "tables": _read_tables,
    "companion": _read_companion,
    "experiment": _read_experiment,
}
"""By stage; pictures have a checksum that every look at them checks."""
