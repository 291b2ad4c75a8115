"""Files that are never seen half-written: written under another name, flushed to the disk, renamed when whole."""

import errno
import glob
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from monosemanticity.errors import ResultError

MENDS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "choose a folder that can be written"),
}


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary path to write to, in the same folder; it takes the wanted name once it is whole and on the disk.

    Raises ResultError where it cannot be written, as on a full disk. What goes wrong with another file is not of it.
    """
    aside = _aside(path, str(os.getpid()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_those_of_the_dead(path)
        try:
            yield aside
            _flush(aside)
            aside.replace(path)
            _flush(path.parent)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        named = {Path(name) for name in (error.filename, error.filename2) if name}
        if named and named.isdisjoint((aside, path, *path.parents)):
            raise
        raise cannot_be_written(path, error) from error


def remove(path: Path) -> None:
    """Remove a file that may be there. Raises ResultError where it cannot be removed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_be_written(path, error) from error


def cannot_be_written(path: Path, error: OSError) -> ResultError:
    """What is said of a file that cannot be written, removed or dated."""
    mend = MENDS.get(error.errno, "correct that")
    return ResultError(f"{path}: cannot be written: {error}; {mend}, then start again")


def _aside(path: Path, process: str) -> Path:
    """What a process of this machine writes to before the file is whole."""
    return path.with_name(f".{path.name}.{socket.gethostname()}.{process}.partial")


def _remove_those_of_the_dead(path: Path) -> None:
    """Remove what processes of this machine have left of a file that were killed as they wrote it."""
    for left in path.parent.glob(_aside(Path(glob.escape(path.name)), "*").name):
        process = left.name.split(".")[-2]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            left.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sizes(files: Iterable[Path], of: Path) -> dict[str, int]:
    """How many bytes files have, by their paths from the folder of another."""
    return {str(file.relative_to(of.parent)): file.stat().st_size for file in files}
