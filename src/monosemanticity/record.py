"""run.json: which run it is, what made it, and what it cost."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from monosemanticity import stamp
from monosemanticity.quantities import NonNegative
from monosemanticity.spec import Precision, RunSpec


class Record(BaseModel):
    """What is said of a finished run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int
    digest: str
    code: str
    files: dict[str, NonNegativeInt]
    """The run's other files, and how many bytes each has."""
    run: str
    spec: RunSpec
    device: str
    instruction_set: str
    precision: Precision
    products: str
    threads: int
    versions: dict[str, str]
    seconds: NonNegative
    """Of wall time, those before an interruption included where it left something to go on from."""
    cpu_seconds: NonNegative
    resumed_at: list[int]
    """The steps after which the run went on when it had been stopped."""


def content(path: Path) -> Any:
    """What stands in a run.json. Raises ResultError where it is missing or no JSON."""
    with stamp.refusing(path, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))


def parsed(path: Path, said: Any) -> Record:
    """What stands in a run.json as a record. Raises ResultError naming what is wrong with it."""
    try:
        return Record.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise stamp.refusal(path, f"damaged: {wrong}") from None
