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
    descriptor = None
    try:
        while True:
            for file in files:
                descriptor = _try(file)
                if descriptor is not None:
                    yield file
                    return
            if awaited:
                log.info("waiting for %s", awaited)
                awaited = ""
            time.sleep(SECONDS_BETWEEN_TRIES)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _try(file: Path) -> int | None:
    """The descriptor that holds a lock, if it is free."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
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
    return descriptor
