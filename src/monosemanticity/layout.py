"""Where results lie: results/<scale>/{runs/<run id>/, tables/, figures/, findings.md, logs/}."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

RECORD, TRACE, NEURONS, CHECKPOINTS = "run.json", "trace.parquet", "neurons.parquet", "checkpoints"
LOCK, RESUME, STATE = ".lock", "resume", "state.safetensors"
TABLES = ("models", "traces", "neurons")


@dataclass(frozen=True)
class Layout:
    """The folder of one scale's results."""

    results: Path
    scale: str

    @property
    def root(self) -> Path:
        return self.results / self.scale

    def run(self, run_id: str) -> Path:
        return self.root / "runs" / run_id

    def table(self, name: str) -> Path:
        return self.root / "tables" / f"{name}.parquet"

    def figure(self, name: str, suffix: str) -> Path:
        return self.root / "figures" / f"{name}.{suffix}"

    @property
    def findings(self) -> Path:
        return self.root / "findings.md"

    def log(self, stage: str, name: str) -> Path:
        return self.root / "logs" / stage / f"{name}.log"


def state(run: Path) -> Literal["done", "stopped", "to do"]:
    """How far a run has come, by the files that are there."""
    files = (RECORD, TRACE, NEURONS, CHECKPOINTS)
    if all((run / file).exists() for file in files):
        return "done"
    return "stopped" if (run / RESUME / STATE).exists() else "to do"


def checkpoint_path(run: Path, step: int) -> Path:
    """Where a run keeps its model at a step."""
    return run / CHECKPOINTS / f"step-{step:08d}.safetensors"
