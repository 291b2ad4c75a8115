"""A result that is refused, and what is wrong with its file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monosemanticity.errors import RefusedError

WHY = {
    "code": "made by other code, `monosemanticity why` says which: ",
    "schema_version": "written in another form, by another version: ",
}


def check(path: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    """Raise RefusedError where a file does not say what it should of itself."""
    if not isinstance(found, dict):
        raise RefusedError(path, f"says {found!r} where it should say what it is of")
    for key, value in wanted.items():
        if found.get(key) != value:
            raise RefusedError(path, f"{WHY.get(key, '')}{key} is {found.get(key)}, not {value}")


@contextmanager
def refusing(path: Path, *causes: type[Exception]) -> Iterator[None]:
    """Turn a library's error on a file into one that names the file."""
    try:
        yield
    except FileNotFoundError:
        raise RefusedError(path, "missing") from None
    except (OSError, RecursionError, *causes) as error:
        raise RefusedError(path, f"damaged: {' '.join(str(error).split())}") from error
