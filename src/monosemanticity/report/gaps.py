"""What is missing of a page, said in its place: what it is, why, and the command that makes it."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from monosemanticity.errors import RefusedError

Loaded = TypeVar("Loaded")


class Gap(NamedTuple):
    """One thing that is not there, or cannot be used."""

    what: str
    why: str
    command: str
    """That makes it, as typed in the project's folder."""


def or_gap(load: Callable[[], Loaded], what: str, command: str) -> Loaded | Gap:
    """What is read, or a gap where it is missing, damaged or of something else."""
    try:
        return load()
    except RefusedError as error:
        return Gap(what, str(error), command)
