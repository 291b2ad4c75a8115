"""Where results lie: results/<scale>/{runs/<run>/, tables/, figures/, claims.md, companions/, definitions/, ...}."""

from dataclasses import dataclass
from pathlib import Path

RECORD, TRACE, CHECKPOINTS = "run.json", "trace.parquet", "checkpoints"
MEASURES, NEURONS, FEATURES = "measures.parquet", "neurons.parquet", "features.parquet"
DEFINITIONS = "definitions"
REFERENCE = "reference"
LOCK, DIVERGED, RESUME, STATE = ".lock", ".diverged.json", "resume", "state.safetensors"
MEMBERS, MODELS = "members", "models"
TABLES = ("traces", "measures", "neurons", "features", MEMBERS, MODELS)
"""The last is written last, and says that all are whole."""


@dataclass(frozen=True)
class Paths:
    """The folder of one scale's results."""

    results: Path
    scale: str

    @property
    def root(self) -> Path:
        return self.results / self.scale

    def run(self, run_id: str) -> Path:
        return self.root / "runs" / run_id

    def tables(self, batch: str = "") -> Path:
        """The folder of a batch's tables; of those of all runs where none is named."""
        return self.root / "tables" / batch

    def table(self, name: str, batch: str = "") -> Path:
        return self.tables(batch) / f"{name}.parquet"

    def figure(self, name: str, suffix: str) -> Path:
        return self.root / "figures" / f"{name}.{suffix}"

    def claims(self, suffix: str) -> Path:
        return self.root / f"claims.{suffix}"

    @property
    def report(self) -> Path:
        """The page of all that is here."""
        return self.root / "report.html"

    @property
    def companions(self) -> Path:
        """What belongs to the companion studies."""
        return self.root / "companions"

    def companion(self, run_id: str) -> Path:
        """Where a run of a companion study lies."""
        return self.companions / "runs" / run_id

    def experiment(self, study: str, name: str) -> Path:
        """The table of an experiment of a companion study."""
        return self.companions / study / f"{name}.parquet"

    def companion_claims(self, suffix: str) -> Path:
        return self.companions / f"claims.{suffix}"

    @property
    def definitions(self) -> Path:
        """The definitions behind the results, a file a digest of code."""
        return self.root / DEFINITIONS

    @property
    def planned(self) -> Path:
        """What jobs were planned with, a file a digest of it."""
        return self.root / "planned"

    @property
    def outdated(self) -> Path:
        """Is newer than every result that Snakemake is to make again though its files are there."""
        return self.planned / "outdated"

    def log(self, stage: str, name: str) -> Path:
        return self.root / "logs" / stage / f"{name}.log"


def checkpoint(step: int) -> str:
    """What the file of a model at a step is called."""
    return f"step-{step:08d}.safetensors"


def checkpoint_path(run: Path, step: int) -> Path:
    """Where a run keeps its model at a step."""
    return run / CHECKPOINTS / checkpoint(step)
