"""What finished runs would have gone on from, taken away."""

import shutil
from pathlib import Path

from monosemanticity.results import paths


def remove(run: Path) -> None:
    """Remove what a run would go on from, once its own files are there."""
    if (run / paths.RECORD).exists():
        shutil.rmtree(run / paths.RESUME, ignore_errors=True)
