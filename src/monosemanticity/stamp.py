"""The stamp of every result: what was asked for and which code made it. A result of another stamp is refused."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monosemanticity import stages
from monosemanticity.errors import ResultError
from monosemanticity.layout import CHECKPOINTS
from monosemanticity.identity.code import Code
from monosemanticity.spec import RunSpec

SCHEMA_VERSION = 2
KEY = "monosemanticity"
"""The key of the stamp in the metadata of a file."""
DEFINITIONS = "monosemanticity definitions"
"""The key of the code behind the stamp, where it is written too."""


@dataclass(frozen=True)
class Stamp:
    """What a result is of."""

    digest: str
    """Of what was asked for: a run's numbers, a figure's content, a plan."""
    code: Code

    def content(self) -> dict[str, Any]:
        """What is written into the result."""
        return {"schema_version": SCHEMA_VERSION, "digest": self.digest, "code": self.code.digest}

    def metadata(self) -> dict[str, str]:
        """The same as text, with the code itself, for files that hold keys and values."""
        return {KEY: json.dumps(self.content()), DEFINITIONS: json.dumps(self.code.definitions)}


def of_run(spec: RunSpec) -> Stamp:
    """The stamp of a run's files."""
    return Stamp(spec.digest, stages.of_training(spec))


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
    """Turn a library's error on a file into one that names the file and the mend."""
    try:
        yield
    except FileNotFoundError:
        raise refusal(path, "missing") from None
    except (OSError, *causes) as error:
        raise refusal(path, f"damaged: {error}") from error


def refusal(path: Path, problem: str) -> ResultError:
    """What is wrong with a file, and the command that makes it again; checkpoints are made together."""
    remade = path.parent if path.parent.name == CHECKPOINTS else path
    return ResultError(f"{path}: {problem}; make it again: rm -rf {shlex.quote(str(remade))} && snakemake --cores all")
