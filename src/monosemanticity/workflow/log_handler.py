"""What snakemake shows of a workflow: bars on a terminal, or else its own text; at the end, the jobs that failed."""

import logging
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from monosemanticity.workflow import failures
from monosemanticity.workflow.remaining import Remaining

BARS = {"train": "training", "companion_train": "training", "measure": "measuring"}
REST = "tables, figures, claims"
SHOWN = {None, LogEvent.ERROR, LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR}
"""What is printed above the bars: what is not of a job's course."""
REPEATED = "Select jobs to execute..."
"""Said for every job, without an event."""


class LogHandler(LogHandlerBase):
    """A logger plugin of Snakemake. Where it draws no bars, Snakemake's own handler writes as it does without it."""

    writes_to_file = False
    has_filter = True  # what fails is told with --quiet too
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self._console = Console(stderr=True)
        said = self.common_settings
        in_full = said.dryrun or said.quiet or said.verbose or said.printshellcmds or said.debug_dag
        self._on_terminal = sys.stderr.isatty() and not self._console.is_dumb_terminal and not in_full
        self._errors: list[logging.LogRecord] = []
        self._training: dict[str, float] = {}
        self._bars: _Bars | None = None

    @property
    def writes_to_stream(self) -> bool:
        return self._on_terminal

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._show(record)
        except Exception:  # as all handlers do: what cannot be shown ends no workflow
            self.handleError(record)

    def _show(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_ERROR:
            self._errors.append(record)
        if not self._on_terminal:
            return
        self._training = getattr(record, "training", self._training)
        if event == LogEvent.RUN_INFO:
            self._bars = _Bars(self._console, record.stats, self._training)
        elif self._bars:
            self._bars.follow(event, record)
        if event in SHOWN and record.msg != REPEATED:
            colour = {logging.WARNING: "yellow", logging.ERROR: "red"}.get(record.levelno, "")
            self._console.print(Text(self.format(record), colour), soft_wrap=True)

    def close(self) -> None:
        if self._bars:
            self._bars.stop()
        if said := failures.summary(self._errors):
            print(said, file=sys.stderr)
        self._bars, self._errors = None, []  # Python closes all handlers once more as it ends
        super().close()


def jobs_by_bar(jobs: Mapping[str, int]) -> dict[str, int]:
    """How many jobs each bar counts, of jobs by rule; a bar without any is left out."""
    counts = dict.fromkeys((*BARS.values(), REST), 0)
    for rule, count in jobs.items():
        counts[BARS.get(rule, REST)] += count
    return {name: count for name, count in counts.items() if count}


class _Bars:
    """A bar for training, one for measuring, one for what is drawn and written, and one for all with the time left."""

    def __init__(self, console: Console, jobs: dict[str, int], training: dict[str, float]) -> None:
        """Jobs by rule, and under "total" all of them."""
        jobs = dict(jobs)
        total = jobs.pop("total")
        self._remaining = Remaining(jobs, training)
        self._of_job: dict[int, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            expand=True,
            refresh_per_second=2,
        )
        counts = jobs_by_bar(jobs)
        self._bars = {name: self._progress.add_task(name, total=count, left="") for name, count in counts.items()}
        self._all = self._progress.add_task("all jobs", total=total, left=self._remaining)
        self._progress.start()

    def follow(self, event: LogEvent | None, record: logging.LogRecord) -> None:
        """A job's course."""
        if event == LogEvent.JOB_INFO:
            self._of_job[record.jobid] = self._bars[BARS.get(record.rule_name, REST)]
            self._remaining.started(record.jobid, record.rule_name, record.wildcards.get("run", ""))
        elif event == LogEvent.JOB_ERROR:
            self._remaining.failed(record.jobid)
        elif event == LogEvent.JOB_FINISHED:
            self._remaining.finished(record.job_id)
            self._progress.advance(self._of_job[record.job_id])
            self._progress.advance(self._all)

    def stop(self) -> None:
        """Leave the bars as they are; after failures, what is left is not to come."""
        self._progress.update(self._all, left="")
        self._progress.stop()
