"""Locks between processes, on files, that the kernel frees when their holder dies, however it dies."""

import logging
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from monosemanticity.errors import ResultError

SECONDS_BETWEEN_TRIES = 0.2

log = logging.getLogger(__name__)


@contextmanager
def one_of(files: Sequence[Path], awaited: str) -> Iterator[Path]:
    """Hold the first of the locks that is free, and wait while none is, saying who holds them. The files stay behind.

    A link in a lock's place is refused.
    Raises ResultError where a lock's file cannot be written, or its file system has no locks.
    """
    # Soft locks, which outlive a holder that is killed, are no way out where a file system has no others.
    locks = [FileLock(file, blocking=False, mode=0o600, fallback_to_soft=False) for file in files]
    said = False
    while (held := next(filter(_acquired, locks), None)) is None:
        if not said:
            log.info("waiting for %s, held by %s", awaited, ", ".join(map(_holder, files)))
            said = True
        time.sleep(SECONDS_BETWEEN_TRIES)
    file = Path(held.lock_file)
    try:
        with suppress(OSError):  # on a full disk the file stays empty
            file.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield file
    finally:
        held.release()


def _holder(file: Path) -> str:
    """Who holds a lock, as its file says."""
    return file.read_text(encoding="utf-8", errors="replace")[:200] or "another process"


def _acquired(lock: FileLock) -> bool:
    file = Path(lock.lock_file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        return False
    except OSError as error:
        raise ResultError(
            f"{file}: cannot be written and locked: {error.strerror}; results and TMPDIR must lie on file systems that"
            " can be written and have locks"
        ) from None
    return True
