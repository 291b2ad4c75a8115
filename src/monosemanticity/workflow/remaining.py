"""About how long the rest of a workflow takes, by what is expected of its runs and what its jobs took so far."""

import time
from collections import Counter
from collections.abc import Mapping
from statistics import fmean
from typing import NamedTuple


class Started(NamedTuple):
    """A job that runs."""

    rule: str
    run: str
    weight: float
    """Its share in what the jobs of its rule take: of training the expected seconds, of all others 1."""
    at: float


class Remaining:
    """The jobs that are left; as text, how long they take, which goes down as time passes."""

    def __init__(self, jobs: Mapping[str, int], training: Mapping[str, float]) -> None:
        """How many jobs each rule has, and the seconds that training each run is expected to take."""
        self._waiting = Counter(jobs)
        self._training = dict(training)
        self._running: dict[int, Started] = {}
        self._at_once = 1
        self._seconds, self._weights = Counter[str](), Counter[str]()

    def started(self, job: int, rule: str, run: str) -> None:
        """A job begins."""
        weight = self._training.pop(run, 1.0) if rule == "train" else 1.0
        self._waiting[rule] -= 1
        self._running[job] = Started(rule, run, weight, time.monotonic())
        self._at_once = max(self._at_once, len(self._running))

    def finished(self, job: int) -> None:
        """A job is done."""
        started = self._running.pop(job)
        self._seconds[started.rule] += time.monotonic() - started.at
        self._weights[started.rule] += started.weight

    def failed(self, job: int) -> None:
        """A job has failed, and may be tried again."""
        if started := self._running.pop(job, None):
            self._waiting[started.rule] += 1
            if started.rule == "train":
                self._training[started.run] = started.weight

    def seconds(self) -> float:
        """What is left takes, with as many jobs at once as there ever were."""
        now = time.monotonic()
        running = [each.weight * self._pace(each.rule) - (now - each.at) for each in list(self._running.values())]
        waiting = [count * self._weight(rule) * self._pace(rule) for rule, count in list(self._waiting.items())]
        return (sum(max(0.0, each) for each in running) + sum(waiting)) / self._at_once

    def _weight(self, rule: str) -> float:
        """Of a job that waits, on average: a target may need some of the expected runs alone."""
        return fmean(self._training.values()) if rule == "train" and self._training else 1.0

    def _pace(self, rule: str) -> float:
        """Seconds that a weight of 1 took so far. Before the first has finished, only training is known."""
        if self._weights[rule]:
            return self._seconds[rule] / self._weights[rule]
        return 1.0 if rule == "train" else 0.0

    def __str__(self) -> str:
        minutes = self.seconds() / 60
        if minutes < 1:
            return "less than a minute left"
        return f"about {minutes:.0f} min left" if minutes < 120 else f"about {minutes / 60:.0f} h left"
