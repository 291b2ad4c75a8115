"""run.json: which run it is, what made it, and what it cost."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from monosemanticity import bounded
from monosemanticity.errors import RefusedError
from monosemanticity.experiment.quantities import NonNegative
from monosemanticity.experiment.spec import Precision, RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.results import paths, refusal
from monosemanticity.results.whole_files import written_whole


class Segment(BaseModel):
    """The steps of a run that one process took: where they began, what computed them and what they cost."""

    model_config = ConfigDict(extra="forbid")

    after: NonNegativeInt
    """The step after which it began: 0, or where the run was resumed."""
    seconds: NonNegative = 0
    """Of wall time."""
    cpu_seconds: NonNegative = 0
    device: str
    instruction_set: str
    precision: Precision
    products: str
    threads: int
    versions: dict[str, str]


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
    segments: list[Segment] = Field(min_length=1)
    """In their order: one, and one more each time that the run was resumed."""

    @property
    def cpu_seconds(self) -> float:
        """Of all segments."""
        return sum(segment.cpu_seconds for segment in self.segments)


def content(path: Path) -> Any:
    """What stands in a run.json. Raises RefusedError where it is missing or no JSON."""
    with refusal.refusing(path, ValueError):
        return json.loads(bounded.text(path))


def parsed(path: Path, said: Any) -> Record:
    """What stands in a run.json as a record. Raises RefusedError naming what is wrong with it."""
    try:
        return Record.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise RefusedError(path, f"damaged: {wrong}") from None


def write_record(folder: Path, of_run: Record) -> None:
    """Write a run's run.json, which says that the run's other files are whole."""
    with written_whole(folder / paths.RECORD) as aside:
        aside.write_text(json.dumps(of_run.model_dump(), indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path, spec: RunSpec) -> Record:
    """A run's run.json. Raises RefusedError if it is missing, damaged or not of this run."""
    path = folder / paths.RECORD
    said = content(path)
    refusal.check(path, said, stages.of_training(spec).content())
    return parsed(path, said)


def read_any(folder: Path) -> Record:
    """The run.json of whatever run lies there, made by whatever code.

    Raises RefusedError if it is missing, damaged or of another form.
    """
    path = folder / paths.RECORD
    said = content(path)
    refusal.check(path, said, {"schema_version": stamp.SCHEMA_VERSION})
    return parsed(path, said)
