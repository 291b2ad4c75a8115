"""Locks between processes, on files, that the kernel frees when their holder dies, however it dies."""

import fcntl
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from monosemanticity.errors import ResultError

SECONDS_BETWEEN_TRIES = 0.2

log = logging.getLogger(__name__)


@contextmanager
def one_of(files: Sequence[Path], awaited: str) -> Iterator[Path]:
    """Hold the first of the locks that is free, and wait while none is. The files stay behind, empty."""
    said = False
    while (held := next(filter(None, map(_try, files)), None)) is None:
        if not said:
            log.info("waiting for %s", awaited)
            said = True
        time.sleep(SECONDS_BETWEEN_TRIES)
    file, descriptor = held
    try:
        yield file
    finally:
        os.close(descriptor)


def _try(file: Path) -> tuple[Path, int] | None:
    """A lock and the descriptor that holds it, if it is free."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ResultError(f"{file}: cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError as error:
        os.close(descriptor)
        raise ResultError(f"{file}: this file system has no locks: {error.strerror}; work on one that has") from None
    return file, descriptor
