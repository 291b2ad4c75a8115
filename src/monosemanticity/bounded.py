"""Files that anyone may have written, as in a folder from elsewhere: opened only where they are files of some size."""

import errno
import stat
from pathlib import Path

LARGEST_TEXT = 2**20
"""Bytes of a text: a configuration, a record, what was found."""


def check(path: Path, most: int) -> None:
    """Raise OSError where a path is no file, as a pipe that would never end, or one of more bytes than `most`."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "Not a file")
    if found.st_size > most:
        raise OSError(errno.EFBIG, f"{found.st_size:,} bytes, at most {most:,} are read")


def text(path: Path) -> str:
    """A text. Raises OSError as `check` does, and UnicodeDecodeError."""
    check(path, LARGEST_TEXT)
    return path.read_text(encoding="utf-8")
