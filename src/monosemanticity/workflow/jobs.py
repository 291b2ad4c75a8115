"""The workflow's jobs and, read off the results themselves, which of them are to be done and why.

Snakemake, `monosemanticity why` and `monosemanticity runs` all ask here, so that they never disagree, whatever
Snakemake remembers. A result has one file that is written last, its head: it carries the stamp, and the sizes of the
others.
"""

import os
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from monosemanticity.companions import best_models, catalogue
from monosemanticity.errors import RefusedError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.companions import Experiment
from monosemanticity.experiment.plan import Plan
from monosemanticity.figures.captions import caption
from monosemanticity.identity import stages
from monosemanticity.identity.code import Code, changes
from monosemanticity.identity.program import Program
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import divergence, heads, paths, whole_files
from monosemanticity.results.paths import Paths
from monosemanticity.workflow import definitions

State = Literal["done", "to do", "stopped", "diverged", "damaged", "stale"]
TABLES, CLAIMS, COMPANION_CLAIMS, REPORT = "tables", "claims", "companion_claims", "report"
SECOND = 10**9
"""In nanoseconds."""
FEW_SECONDS = 5 * SECOND
"""By which the clock of a file server may be ahead."""


class Job(NamedTuple):
    """What makes one result."""

    stage: str
    head: Path
    of: Stamp
    code: Code
    files: tuple[str, ...] = ()
    """The other files that it writes, by their paths from the head."""
    reads: tuple[str, ...] = ()
    """The jobs whose results it reads, by name."""
    run: str = ""
    """The run that it is about, of those that train and measure one."""


class Verdict(NamedTuple):
    """The state of a result by itself; that of its inputs is judged separately."""

    state: State
    reasons: tuple[str, ...] = ()
    """Why it is to be made again; none where it is done."""


class Jobs:
    """Every job that a plan can ask for, by name.

    These are "train RUN", "measure RUN", "tables BATCH", "tables", "claims", figures by their names; of the companion
    studies "companion RUN", "experiment STUDY NAME", "companion_claims"; and "report", which reads them all.
    """

    def __init__(self, plan: Plan, results: Paths) -> None:
        self._results = results
        self._verdicts: dict[str, Verdict] = {}
        self._reasons: dict[str, tuple[str, ...]] = {}
        self.jobs: dict[str, Job] = {}
        for run_id, spec in plan.runs.items():
            folder = results.run(run_id)
            self.jobs[train(run_id)] = Job(
                "train",
                folder / paths.RECORD,
                stages.of_training(spec),
                stages.code_of_training(spec),
                (paths.TRACE, *(f"{paths.CHECKPOINTS}/{paths.checkpoint(step)}" for step in spec.checkpoint_steps)),
                run=run_id,
            )
            self.jobs[measure(run_id)] = Job(
                "measure",
                folder / paths.MEASURES,
                stages.of_measuring(spec),
                stages.code_of_measuring(spec),
                (paths.NEURONS, paths.FEATURES),
                (train(run_id),),
                run_id,
            )
        self.jobs[TABLES] = self._tables(plan, results.tables())
        for batch in plan.batches:
            self.jobs[tables_of(batch)] = self._tables(plan.only([batch]), results.tables(batch))
        self.jobs[CLAIMS] = Job(
            CLAIMS,
            results.claims("parquet"),
            stages.of_claims(plan),
            stages.code_of_claims(),
            (results.claims("md").name,),
            tuple(map(tables_of, plan.batches)),
        )
        for name, figure in plan.figures().items():
            if figure.reads == "train":
                reads = dict.fromkeys(train(spec.run_id) for spec in plan.specs_of(figure))
            else:
                reads = dict.fromkeys(map(tables_of, figure.batches()))
            *others, last = (results.figure(name, suffix) for suffix in figure.suffixes)
            self.jobs[name] = Job(
                "figure",
                last,
                stages.of_figure(figure, caption(name, figure, plan), plan),
                stages.code_of_figure(figure, plan),
                tuple(file.name for file in others),
                tuple(reads),
            )
        self._add_companions(plan)
        self.deciding = [CLAIMS, COMPANION_CLAIMS] if plan.experiments else [CLAIMS]
        """The jobs that decide claims."""
        reads = [*map(measure, plan.runs), TABLES, *self.deciding, *plan.default_figures()]
        reads += [*map(experiment_of, plan.experiments), *catalogue.figures(plan)]
        of = stages.of_report(self.jobs[name].of for name in reads)
        self.jobs[REPORT] = Job(REPORT, results.report, of, stages.code_of_report(), reads=tuple(reads))

    def _add_companions(self, plan: Plan) -> None:
        results = self._results
        for spec in plan.companion_runs.values():
            self.jobs[companion(spec)] = Job(
                "companion",
                results.companion(spec.run_id) / paths.TRACE,
                stages.of_companion_training(spec),
                stages.code_of_companion_training(spec),
                tuple(f"{paths.CHECKPOINTS}/{paths.checkpoint(step)}" for step in spec.checkpoint_steps),
                run=spec.run_id,
            )
        for each in plan.experiments:
            self.jobs[experiment_of(each)] = Job(
                "experiment",
                results.experiment(each.study, each.name),
                stages.of_experiment(each),
                stages.code_of_experiment(each),
                tuple(best_models.files(each).values()),
                tuple(map(companion, each.specs)),
            )
        for name, planned in catalogue.figures(plan).items():
            *others, last = (results.figure(name, suffix) for suffix in planned.suffixes)
            self.jobs[name] = Job(
                "figure",
                last,
                stages.of_companion_figure(name, planned.caption, planned.experiments),
                stages.code_of_companion_figure(name),
                tuple(file.name for file in others),
                tuple(map(experiment_of, planned.experiments)),
            )
        self.jobs[COMPANION_CLAIMS] = Job(
            COMPANION_CLAIMS,
            results.companion_claims("parquet"),
            stages.of_companion_claims(plan),
            stages.code_of_companion_claims(),
            (results.companion_claims("md").name,),
            tuple(map(experiment_of, plan.experiments)),
        )

    @staticmethod
    def _tables(plan: Plan, folder: Path) -> Job:
        *others, last = (f"{name}.parquet" for name in paths.TABLES)
        reads = tuple(map(measure, plan.runs))
        return Job(TABLES, folder / last, stages.of_tables(plan), stages.code_of_tables(), tuple(others), reads)

    def verdict(self, name: str) -> Verdict:
        """The state of a job's own result."""
        if name not in self._verdicts:
            self._verdicts[name] = self._judge(name)
        return self._verdicts[name]

    def due(self, name: str) -> tuple[str, ...]:
        """Why a job is to be done, for its own result or for what that is made from; nothing if it is not."""
        if name not in self._reasons:
            again = sum(bool(self.due(read)) for read in self.jobs[name].reads)
            made_again = (f"reads {again} that are made again",) if again else ()
            self._reasons[name] = self.verdict(name).reasons + made_again
        return self._reasons[name]

    def is_of_another(self, name: str) -> bool:
        """Whether the head of a result that is there has another stamp than the one that is asked for."""
        job = self.jobs[name]
        try:
            return heads.read(job.head).of != job.of.content()
        except RefusedError:
            return False

    def stamp(self, name: str) -> str:
        """A digest of what a job is planned to make."""
        return self.jobs[name].of.short

    def heads_read_by(self, name: str) -> list[Path]:
        """The heads of the results that a job reads."""
        return [self.jobs[read].head for read in self.jobs[name].reads]

    def behind(self, names: Iterable[str]) -> list[str]:
        """Some jobs and those whose results they read, read before reader, each once."""
        found: dict[str, None] = {}
        for name in names:
            found |= dict.fromkeys([*self.behind(self.jobs[name].reads), name])
        return list(found)

    def touched_since(self, earlier: Program) -> set[str]:
        """The jobs whose code, or that of what they read, is another than in an earlier program."""
        changed = {code: code.digest_in(earlier) != code.digest for code in {job.code for job in self.jobs.values()}}
        touched: set[str] = set()
        for name in self.behind(self.jobs):
            job = self.jobs[name]
            if changed[job.code] or not touched.isdisjoint(job.reads):
                touched.add(name)
        return touched

    @cached_property
    def outdated(self) -> set[str]:
        """The jobs whose result is there and is to be made again all the same.

        Those too that only read what is made again: of a file that has gone Snakemake takes no notice as long as what
        was made from it is there.
        """
        return {name for name, job in self.jobs.items() if self.due(name) and job.head.is_file()}

    def mark_outdated(self) -> None:
        """Make a file that is newer than every outdated result: what has it as an input is done again.

        Raises ResultError where it cannot be made.
        """
        if not self.outdated:
            return
        marker = self._results.outdated
        try:
            newest = max(self.jobs[name].head.stat().st_mtime for name in self.outdated)
            marker.parent.mkdir(parents=True, exist_ok=True)
            # Not empty: Snakemake takes an empty file for unchanged, however new it is.
            marker.write_text("newer than every result that is to be made again\n", encoding="utf-8")
            os.utime(marker, (max(time.time(), newest + 1),) * 2)
        except OSError as error:
            raise whole_files.cannot_be_written(marker, error) from error

    def date_back(self) -> None:
        """Where results are of the future, as after the clock was set back, date all back by as much.

        What is newer than what stays as it is. Snakemake fails a job whose result is older than what it is made from.
        Raises ResultError where a file cannot be dated.
        """
        files = {job.head.parent / file for job in self.jobs.values() for file in (job.head.name, *job.files)}
        dates = {file: date for file in files | {self._results.outdated} if (date := _date(file))}
        ahead = max(dates.values(), default=0) - time.time_ns()
        if ahead <= FEW_SECONDS:
            return
        whole_seconds = (ahead // SECOND + 1) * SECOND  # some file systems have no others
        for file, date in dates.items():
            try:
                os.utime(file, ns=(date - whole_seconds,) * 2)
            except OSError as error:
                raise whole_files.cannot_be_written(file, error) from error

    def keep_definitions(self) -> None:
        """Keep what the digests of all code that jobs run are of."""
        for code in {job.code for job in self.jobs.values()}:
            definitions.keep(self._results.definitions, code)

    def _judge(self, name: str) -> Verdict:
        job = self.jobs[name]
        if not job.head.is_file():
            if diverged := divergence.known(job.head.parent, job.of):
                return Verdict("diverged", (diverged,))
            if job.stage in ("train", "companion") and (job.head.parent / paths.RESUME / paths.STATE).exists():
                return Verdict("stopped", ("stopped; resumes from its saved state where that can be used",))
            return Verdict("to do", (f"{job.head.name} is not there",))
        try:
            said = heads.read(job.head)
            if said.of != job.of.content():
                return Verdict("stale", tuple(self._differences(job, said.of)))
            if set(said.files) != set(job.files):
                return Verdict("stale", (f"{job.head.name}: lists other files than are wanted now",))
            if damage := said.damage(job.head.parent):
                return Verdict("damaged", (damage,))
            if newer := self._newer(job):
                return Verdict("stale", (newer,))
        except RefusedError as error:
            return Verdict("damaged", (f"{job.head.name}: {error.problem}",))
        except FileNotFoundError as error:  # a file may vanish while it is looked at
            return Verdict("damaged", (str(error),))
        return Verdict("done")

    def _differences(self, job: Job, of: Mapping[str, Any]) -> list[str]:
        wanted = job.of.content()
        if of.get("schema_version") != wanted["schema_version"]:
            return [f"{job.head.name}: written in another form, by another version"]
        if of.get("digest") != wanted["digest"]:
            return [
                f"{job.head.name}: what is asked for has changed: the configuration, a caption or the report's template"
            ]
        if of.get("code") == wanted["code"]:
            return [f"{job.head.name}: made from other results than those that are asked for now"]
        before = definitions.kept(self._results.definitions, of.get("code"))
        if before is None:
            return [f"{job.head.name}: made by other code, whose definitions are not kept"]
        reach = job.code.reach()
        found = changes(before, reach.definitions).items()
        lines = [f"{name}: {what}{reached_by(reach.chain(name))}" for name, what in found]
        return lines or [f"{job.head.name}: made by other code"]

    def _newer(self, job: Job) -> str:
        """A result that is older than what it was made from, by the clock that Snakemake reads too."""
        oldest = min((job.head.parent / file).stat().st_mtime for file in [job.head.name, *job.files])
        for read in job.reads:
            head = self.jobs[read].head
            if head.exists() and head.stat().st_mtime > oldest:
                return f"{job.head.name}: older than {head.name} that it is made from"
        return ""


def _date(file: Path) -> int:
    """When a file was written, in nanoseconds; 0 where it is not there."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def reached_by(chain: list[str]) -> str:
    """The way by which a result comes to a definition, from its stage's start."""
    return f" (reached by {' > '.join(chain[:-1])})" if len(chain) > 1 else ""


def train(run_id: str) -> str:
    """The name of the job that trains a run."""
    return f"train {run_id}"


def measure(run_id: str) -> str:
    """The name of the job that measures a run."""
    return f"measure {run_id}"


def companion(spec: CompanionSpec) -> str:
    """The name of the job that trains a run of a companion study."""
    return f"companion {spec.run_id}"


def experiment_of(experiment: Experiment) -> str:
    """The name of the job that writes the table of an experiment."""
    return f"experiment {experiment.study} {experiment.name}"


def tables_of(batch: str) -> str:
    """The name of the job that writes the tables of a batch."""
    return f"tables {batch}"
