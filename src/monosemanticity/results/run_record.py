"""run.json: which run it is, what made it, and what it cost."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from monosemanticity.experiment.quantities import NonNegative
from monosemanticity.experiment.spec import Precision, RunSpec
from monosemanticity.identity import stages
from monosemanticity.results import paths, refusal
from monosemanticity.results.whole_files import written_whole


class Record(BaseModel):
    """The record of a finished run."""

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
    """Of wall time, including those before an interruption whose state was resumed."""
    cpu_seconds: NonNegative
    resumed_at: list[int]
    """The steps after which the run went on when it had been stopped."""


def content(path: Path) -> Any:
    """What stands in a run.json. Raises ResultError where it is missing or no JSON."""
    with refusal.refusing(path, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))


def parsed(path: Path, said: Any) -> Record:
    """What stands in a run.json as a record. Raises ResultError naming what is wrong with it."""
    try:
        return Record.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise refusal.refusal(path, f"damaged: {wrong}") from None


def write_record(folder: Path, of_run: Record) -> None:
    """Write a run's run.json, which says that the run's other files are whole."""
    with written_whole(folder / paths.RECORD) as aside:
        aside.write_text(json.dumps(of_run.model_dump(), indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path, spec: RunSpec) -> Record:
    """A run's run.json. Raises ResultError if it is missing, damaged or not of this run."""
    path = folder / paths.RECORD
    said = content(path)
    refusal.check(path, said, stages.of_training(spec).content())
    return parsed(path, said)


def read_any(folder: Path) -> Record:
    """The run.json of whatever run lies there, made by whatever code. Raises ResultError if missing or damaged."""
    path = folder / paths.RECORD
    return parsed(path, content(path))
