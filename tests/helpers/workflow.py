"""A workflow on its way, for something to happen to it."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from helpers.project import environment


def begin(folder: Path, *arguments: str, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Snakemake in a process group of its own, as a terminal gives it; all that it says goes to one output."""
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "snakemake"), *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is so; fail where the process ends before, with what it said."""
    while not condition():
        assert process.poll() is None, process.stdout.read()[-5000:]
        time.sleep(0.05)
