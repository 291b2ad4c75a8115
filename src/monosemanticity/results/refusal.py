"""A result that is refused, and what is wrong with its file."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monosemanticity.errors import RefusedError, ResultError

WHY = {
    "code": "made by other code, `monosemanticity why` says which: ",
    "schema_version": "written in another form, by another version: ",
}

OF_THE_FILE = {None, errno.EINVAL, errno.EFBIG, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
"""What an OSError says that is of a file itself. All else is of how it is reached, and may pass."""


def check(path: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    """Raise RefusedError where a file does not say what it should of itself."""
    if not isinstance(found, dict):
        raise RefusedError(path, f"says {found!r} where it should say what it is of")
    for key, value in wanted.items():
        if found.get(key) != value:
            raise RefusedError(path, f"{WHY.get(key, '')}{key} is {found.get(key)}, not {value}")


@contextmanager
def refusing(path: Path, *causes: type[Exception]) -> Iterator[None]:
    """Turn a library's error on a file into one that names the file: RefusedError if something is wrong with the file.

    Where it cannot be read for another reason, as a server that does not answer, it is a ResultError, and no file is
    taken for damaged.
    """
    try:
        yield
    except FileNotFoundError:
        raise RefusedError(path, "missing") from None
    except (OSError, MemoryError, RecursionError, *causes) as error:
        said = " ".join(str(error).split())
        if isinstance(error, MemoryError) or getattr(error, "errno", None) not in OF_THE_FILE:
            raise ResultError(f"{path}: cannot be read: {said or 'no memory'}; try again") from error
        raise RefusedError(path, f"damaged: {said}") from error
