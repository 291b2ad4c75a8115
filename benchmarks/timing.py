"""Times that can be compared: taken in turns, so that a slow moment of the machine falls on all alike."""

import statistics
import time
from collections.abc import Callable


def medians(*functions: Callable[[], object], rounds: int) -> list[float]:
    """Seconds that each function takes, the median of so many rounds in which each has its turn."""
    for function in functions:
        function()
    taken: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, times in zip(functions, taken, strict=True):
            started = time.perf_counter()
            function()
            times.append(time.perf_counter() - started)
    return [statistics.median(times) for times in taken]
