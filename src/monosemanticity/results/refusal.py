"""A result that is refused: what is wrong with its file, and the command that makes it again."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monosemanticity.errors import ResultError
from monosemanticity.results.paths import CHECKPOINTS


def check(path: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    """Raise ResultError where a file does not say what it should of itself."""
    if not isinstance(found, dict):
        raise refusal(path, f"says {found!r} where it should say what it is of")
    for key, value in wanted.items():
        if found.get(key) != value:
            other_code = "made by other code, `monosemanticity why` says which: " if key == "code" else ""
            raise refusal(path, f"{other_code}{key} is {found.get(key)}, not {value}")


@contextmanager
def refusing(path: Path, *causes: type[Exception]) -> Iterator[None]:
    """Turn a library's error on a file into one that names the file and the correction."""
    try:
        yield
    except FileNotFoundError:
        raise refusal(path, "missing") from None
    except (OSError, RecursionError, *causes) as error:
        raise refusal(path, f"damaged: {error}") from error


def refusal(path: Path, problem: str) -> ResultError:
    """What is wrong with a file, and the command that makes it again; checkpoints are made together."""
    remade = path.parent if path.parent.name == CHECKPOINTS else path
    mend = f"make it again: rm -rf {shlex.quote(str(remade))} && snakemake --cores all"
    return ResultError(f"{path}: {problem}; {mend}", problem)
