"""Which jobs of a workflow failed for good, read off the log that Snakemake leaves."""

import re
from pathlib import Path

ERROR = re.compile(
    r"^Error in rule (?P<rule>[^\n:]+):\n(?:    [^\n]*\n)*?"
    r"    output: (?P<output>[^\n]+)\n    log: (?P<log>\S+)",
    re.MULTILINE,
)


def summary(snakemake_log: str) -> str:
    """A line a job that has no results, with its own log and how that ends; one whose retry succeeded is left out."""
    lines = {}
    for error in ERROR.finditer(snakemake_log):
        if not all(Path(path).exists() for path in error["output"].split(", ")):
            lines[error["log"]] = f"{error['rule']}: {error['log']}\n    {_last_line(Path(error['log']))}"
    jobs = "1 job" if len(lines) == 1 else f"{len(lines)} jobs"
    return "\n".join([f"{jobs} failed; the others went on:", *lines.values()]) if lines else ""


def _last_line(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip() if log.exists() else ""
    return text.splitlines()[-1] if text else "its log is empty: killed, or out of memory?"
