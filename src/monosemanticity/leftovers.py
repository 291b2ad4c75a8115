"""What finished runs would have gone on from, taken away."""

import shutil
from pathlib import Path

from monosemanticity import layout


def remove(run: Path) -> None:
    """Remove what a run would go on from, once its own files are there."""
    if (run / layout.RECORD).exists():
        shutil.rmtree(run / layout.RESUME, ignore_errors=True)
