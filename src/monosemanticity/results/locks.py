"""Locks between processes, on files, that the kernel frees when their holder dies, however it dies."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from monosemanticity.errors import ResultError

SECONDS_BETWEEN_TRIES = 0.2

log = logging.getLogger(__name__)


@contextmanager
def one_of(files: Sequence[Path], awaited: str) -> Iterator[Path]:
    """Hold the first of the locks that is free, and wait while none is. The files stay behind, empty.

    A link in a lock's place is refused, as others may write to the folder that the locks of graphics cards lie in.
    Raises ResultError where a lock's file cannot be written, or its file system has no locks.
    """
    # Soft locks, which outlive a holder that is killed, are no way out where a file system has no others.
    locks = [FileLock(file, blocking=False, mode=0o600, fallback_to_soft=False) for file in files]
    said = False
    while (held := next(filter(_acquired, locks), None)) is None:
        if not said:
            log.info("waiting for %s", awaited)
            said = True
        time.sleep(SECONDS_BETWEEN_TRIES)
    try:
        yield Path(held.lock_file)
    finally:
        held.release()


def _acquired(lock: FileLock) -> bool:
    file = Path(lock.lock_file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        return False
    except OSError as error:
        raise ResultError(f"{file}: cannot be written and locked: {error.strerror}") from None
    return True
