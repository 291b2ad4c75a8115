"""Files that anyone may have written, as in a folder from elsewhere: opened only where they are files of some size."""

import errno
import stat
from pathlib import Path

LARGEST_TEXT = 2**20
"""Bytes of a text: a configuration, a record, what was found."""


def check(path: Path, most: int) -> None:
    """Raise OSError where a path is no file, or one of more bytes than `most`."""
    if (found := size(path)) > most:
        raise OSError(errno.EFBIG, f"{found:,} bytes, at most {most:,} are read")


def size(path: Path) -> int:
    """The bytes of a file. Raises OSError where a path is none, as a pipe that would never end."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "Not a file")
    return found.st_size


def ends(path: Path, most: int) -> tuple[str, str]:
    """The first and the last bytes of a text of any length. Raises OSError where the path is no file."""
    there = size(path)
    with path.open("rb") as file:
        first = file.read(most)
        file.seek(max(there - most, 0))
        return first.decode("utf-8", errors="replace"), file.read(most).decode("utf-8", errors="replace")


def text(path: Path) -> str:
    """A text. Raises OSError as `check` does, and UnicodeDecodeError."""
    check(path, LARGEST_TEXT)
    return path.read_text(encoding="utf-8")
