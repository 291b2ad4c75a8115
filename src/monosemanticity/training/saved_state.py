"""Removing the saved state of finished runs."""

import shutil
from pathlib import Path

from monosemanticity.results import paths


def remove(run: Path, head: str = paths.RECORD) -> None:
    """Remove the state that a run would resume from, once its own files are there, as the last of them says."""
    if (run / head).exists():
        shutil.rmtree(run / paths.RESUME, ignore_errors=True)
