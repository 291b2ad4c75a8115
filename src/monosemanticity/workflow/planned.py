"""What jobs are planned with, kept in a file for them: the configuration, and a digest of the code of every result.

A job that is given it works with this configuration, whatever config.yaml says by then, and need not analyse its code
again as long as every byte of it is the same.
"""

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from monosemanticity import bounded
from monosemanticity.errors import CodeError, ConfigError
from monosemanticity.identity import code
from monosemanticity.identity.digests import digest
from monosemanticity.results.whole_files import written_whole


class Planned(BaseModel):
    """What a workflow was planned with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    """Of every byte of the package."""
    config: dict[str, Any]
    """What config.yaml said, with all overrides."""
    overrides: dict[str, Any]
    """What was said in place of it."""
    codes: dict[str, str]
    """The digest of the code of every stage and choice."""

    @classmethod
    def now(cls, config: dict[str, Any], overrides: dict[str, Any]) -> Self:
        """With the code of this process, as far as it has been asked for."""
        return cls(fingerprint=code.fingerprint(), config=config, overrides=overrides, codes=code.known())

    def path(self, folder: Path) -> Path:
        """Where it is kept, by its content."""
        return folder / f"{digest(self.model_dump())}.json"

    def write(self, folder: Path) -> None:
        """Keep it for jobs."""
        with written_whole(self.path(folder)) as aside:
            aside.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Planned:
    """What jobs were planned with. Raises ConfigError where it cannot be read."""
    try:
        return Planned.model_validate_json(bounded.text(path))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ConfigError(f"{path}: no plan: {error}; start snakemake again") from None


def refuse_other(planned: str, now: str) -> None:
    """Raise CodeError where a job would make something else than was planned."""
    if planned != now:
        raise CodeError(
            f"the code has changed while the workflow ran: what was planned is {planned}, this would be {now}; start"
            " snakemake again"
        )
