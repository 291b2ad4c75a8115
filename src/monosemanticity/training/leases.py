"""Which graphics card a job takes: no card has more jobs than it may, and a job that dies frees its place."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pynvml

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
    """The unique names of the machine's graphics cards, as its driver lists them; none where it has no driver."""
    try:
        pynvml.nvmlInit()
        try:
            cards = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
            return [pynvml.nvmlDeviceGetUUID(card) for card in cards]
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return []
