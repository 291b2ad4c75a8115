"""Which jobs of a workflow failed for good, of those that Snakemake reports as failed."""

from collections.abc import Iterable
from logging import LogRecord
from pathlib import Path

BEGUN = "begun"
"""How the line ends with which a try begins in its log."""


def summary(errors: Iterable[LogRecord]) -> str:
    """A line a job that has no results, with its own log and how that ends; nothing where there is none.

    One that a retry has mended is none, nor is one that shares a submission of a cluster with it: that has its
    results, or never had its inputs.
    """
    failed = {error.log[0]: error.rule_name for error in errors if _all(error.input) and not _all(error.output)}
    if not failed:
        return ""
    jobs = "1 job" if len(failed) == 1 else f"{len(failed)} jobs"
    lines = [f"{rule}: {log}\n    {_last_line(Path(log))}" for log, rule in failed.items()]
    return "\n".join([f"{jobs} failed; the others went on:", *lines])


def _all(paths: Iterable[str]) -> bool:
    return all(Path(path).exists() for path in paths)


def _last_line(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip() if log.exists() else ""
    last = text.splitlines()[-1] if text else ""
    return "its log says nothing: killed, or out of memory?" if last.endswith(BEGUN) or not last else last
