"""How far a run has come: a bar on a terminal, a short line now and then in a log."""

import logging
import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

LINES_IN_A_LOG = 10

log = logging.getLogger(__name__)


class Progress:
    """Step, loss, steps per second and time left."""

    def __init__(self, name: str, steps: int) -> None:
        self._steps = steps
        self._started = time.monotonic()
        self._before: int | None = None
        self._logged = 0
        self._bar = tqdm(total=steps, unit="step", disable=not sys.stderr.isatty(), dynamic_ncols=True)
        log.info("%s: %d steps", name, steps)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def show(self, step: int, loss: float) -> None:
        """Report a finished step; the first one reported is where the run starts or resumes."""
        if self._before is None:
            self._before = self._bar.initial = self._bar.n = step - 1
            self._logged = self._before * LINES_IN_A_LOG // self._steps
        self._bar.update(step - self._bar.n)
        self._bar.set_postfix(loss=f"{loss:.4g}", refresh=False)
        tenth = step * LINES_IN_A_LOG // self._steps
        if self._bar.disable and tenth > self._logged:
            self._logged = tenth
            rate = (step - self._before) / (time.monotonic() - self._started)
            left = (self._steps - step) / rate
            log.info("step %d  loss %.4g  %.1f steps/s  %.0f s left", step, loss, rate, left)
