"""Saving a run between its steps: now and then, and when it is to stop."""

import time
from collections.abc import Callable

from monosemanticity.errors import StoppedError
from monosemanticity.training.interruption import Interruption

SAVE_EVERY = 60
"""Seconds of training that a killed run has to do again, at most."""


class Saving(Interruption):
    """Within it SIGTERM and Ctrl-C stop a run after its step, once it is saved."""

    def __init__(self, run_id: str, save: Callable[[int], None]) -> None:
        self._run_id, self._save = run_id, save
        self._saved = time.monotonic()

    def after(self, step: int) -> None:
        """Save the run where it is time to. Raises StoppedError where a signal came."""
        if self.came or time.monotonic() - self._saved > SAVE_EVERY:
            self._save(step)
            self._saved = time.monotonic()
        if self.came:
            raise StoppedError(
                f"{self._run_id}: stopped by {self.came.name} after step {step}; the same command resumes from there",
                self.came,
            )
