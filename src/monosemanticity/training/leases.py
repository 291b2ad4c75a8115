"""Which graphics card a job takes: no card has more jobs than it may, and a job that dies frees its place."""

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monosemanticity.results import locks

VISIBLE = "CUDA_VISIBLE_DEVICES"

log = logging.getLogger(__name__)


@contextmanager
def graphics_card(jobs_per_gpu: int) -> Iterator[None]:
    """Let this process see one graphics card, and wait while all are taken; where the machine has none, it sees none.

    Where CUDA_VISIBLE_DEVICES is set already, as a cluster sets it, that stands. PyTorch reads it on its first use.
    """
    cards = [] if VISIBLE in os.environ else cards_of_the_machine()
    if not cards:
        yield
        return
    folder = Path(tempfile.gettempdir()) / f"monosemanticity-{os.getuid()}"
    places = {folder / f"{card}-{place}.lock": card for place in range(jobs_per_gpu) for card in cards}
    with locks.one_of(list(places), awaited="a graphics card") as place:
        os.environ[VISIBLE] = places[place]
        log.info("takes graphics card %s", places[place])
        try:
            yield
        finally:
            del os.environ[VISIBLE]


def cards_of_the_machine() -> list[str]:
    """The unique names of the machine's graphics cards, as its driver lists them."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    listed = subprocess.run([program, "--query-gpu=uuid", "--format=csv,noheader"], capture_output=True, text=True)  # noqa: S603
    return listed.stdout.split() if listed.returncode == 0 else []
