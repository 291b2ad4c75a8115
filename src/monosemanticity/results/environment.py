"""What results were made with: versions, processors, kernels, threads."""

import platform
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from monosemanticity.results.run_record import Record

Counts = dict[str, dict[str, int]]
"""For each thing that makes a run, which there were and of how many runs."""


def versions(*packages: str) -> dict[str, str]:
    """Those of Python, of this package and of those named."""
    return {"python": platform.python_version()} | {name: version(name) for name in ("monosemanticity", *packages)}


def processor_name() -> str:
    """The model of the processor."""
    return cpuinfo("model name") or platform.processor() or platform.machine()


@cache
def cpuinfo(key: str) -> str:
    """What the system tells about the processor; nothing where it tells nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def of_run(record: Record) -> dict[str, str]:
    """What made a run; 'A then B' where what came after an interruption was made by another one."""
    segments = [
        segment.versions | segment.model_dump(include={"device", "instruction_set", "products", "threads"})
        for segment in record.segments
    ]
    return {what: " then ".join(dict.fromkeys(str(segment[what]) for segment in segments)) for what in segments[0]}


def of_runs(records: Iterable[Record]) -> Counts:
    """What made some runs."""
    counts: dict[str, Counter] = {}
    for record in records:
        for what, which in of_run(record).items():
            counts.setdefault(what, Counter())[which] += 1
    return {what: dict(sorted(which.items())) for what, which in sorted(counts.items())}


def differences(counts: Counts) -> str:
    """Where runs were made differently: 'torch 2.11.0 (9 runs), 2.13.0 (3 runs)'; nothing where they were not."""
    differing = {what: which for what, which in counts.items() if len(which) > 1}
    return "; ".join(
        f"{what} " + ", ".join(f"{name} ({count} run{'s' * (count > 1)})" for name, count in which.items())
        for what, which in differing.items()
    )
