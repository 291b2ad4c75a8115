"""Files that are never seen half-written: written under another name, flushed to the disk, renamed when whole."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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
        mend = MENDS.get(error.errno, "correct that")
        raise ResultError(f"{path}: cannot be written: {error}; {mend}, then start again") from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sizes(files: Iterable[Path], of: Path) -> dict[str, int]:
    """How many bytes files have, by their paths from the folder of another."""
    return {str(file.relative_to(of.parent)): file.stat().st_size for file in files}
