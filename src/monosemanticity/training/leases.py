"""Which graphics card a job takes: no card has more jobs than it may, and a job that dies frees its place."""

import itertools
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pynvml

from monosemanticity.errors import ResultError
from monosemanticity.results import locks

VISIBLE = "CUDA_VISIBLE_DEVICES"
DEVICE_FILES = Path("/dev")

log = logging.getLogger(__name__)


class Card(NamedTuple):
    """A graphics card as its driver names it."""

    name: str
    instances: list[str]
    """The parts (MIG) that it is divided into, each of which a process sees as a card."""


@contextmanager
def graphics_card(jobs_per_gpu: int) -> Iterator[None]:
    """Let this process see one graphics card from now on, and wait while all that it may see are taken.

    Those are the ones of CUDA_VISIBLE_DEVICES, or where that is not set all of the machine; where there is none, the
    process is left as it is. PyTorch reads the variable on its first use.
    Raises ResultError where the leases would lie in a folder of another user.
    """
    cards = visible_cards()
    if not cards:
        yield
        return
    folder = _own_folder()
    places = {
        folder / f"{quote(lease, safe='')}-{place}.lock": lease for place in range(jobs_per_gpu) for lease in cards
    }
    with locks.one_of(list(places), awaited="a graphics card") as place:
        os.environ[VISIBLE] = cards[places[place]]
        log.info("takes graphics card %s", os.environ[VISIBLE])
        yield


def visible_cards() -> dict[str, str]:
    """What CUDA_VISIBLE_DEVICES calls each card that this process may see, by the card's unique name."""
    known = cards_of_the_machine()
    if VISIBLE not in os.environ:
        named = list(itertools.chain.from_iterable(card.instances or [card.name] for card in known))
        return {name: name for name in named or map(str, range(_device_files()))}
    given = map(str.strip, os.environ[VISIBLE].split(","))
    valid = itertools.takewhile(re.compile(r"\d+|(GPU|MIG)-.+").fullmatch, given)  # as CUDA reads it
    return {_unique(name, known): name for name in valid}


def _unique(name: str, known: list[Card]) -> str:
    """The unique name of a card, for its number or the beginning of its name."""
    if name.isdigit():
        return known[int(name)].name if int(name) < len(known) else name
    return next((card.name for card in known if card.name.startswith(name)), name)


def cards_of_the_machine() -> list[Card]:
    """The machine's graphics cards, as its driver's library lists them; none where it has none."""
    try:
        pynvml.nvmlInit()
        try:
            handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
            return [Card(pynvml.nvmlDeviceGetUUID(handle), list(_instances(handle))) for handle in handles]
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return []


def _instances(card: object) -> Iterator[str]:
    try:
        divided, _ = pynvml.nvmlDeviceGetMigMode(card)
    except pynvml.NVMLError:  # a card that cannot be divided
        return
    for number in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(card) if divided else 0):
        try:
            yield pynvml.nvmlDeviceGetUUID(pynvml.nvmlDeviceGetMigDeviceHandleByIndex(card, number))
        except pynvml.NVMLError:  # a place for an instance that holds none
            continue


def _device_files() -> int:
    """How many cards the kernel has, where the driver's library is not there to ask, as in some containers."""
    return sum(re.fullmatch(r"nvidia\d+", file.name) is not None for file in DEVICE_FILES.glob("nvidia*"))


def _own_folder() -> Path:
    """Where this user's leases lie. Anyone may write beside it."""
    folder = Path(tempfile.gettempdir()) / f"monosemanticity-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        own = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    except OSError:
        own = False
    if not own:
        raise ResultError(
            f"{folder}: the leases of graphics cards need this as a folder of this user; choose another place for it:"
            " mkdir -p ~/tmp && export TMPDIR=~/tmp"
        )
    return folder
