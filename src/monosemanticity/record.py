"""run.json: which run it is, what made it, and what it cost."""

from pydantic import BaseModel, ConfigDict

from monosemanticity.quantities import NonNegative
from monosemanticity.spec import Precision, RunSpec


class Record(BaseModel):
    """What is said of a finished run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int
    digest: str
    code: str
    files: dict[str, int]
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
