"""How values are spaced: those of a swept field along an axis or a colour bar, and labels apart."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import isotonic_regression

from monosemanticity.figures import wording

ROUND = 5
"""Letters of a round number at most: 1/128, 0.014."""


@dataclass(frozen=True)
class Spacing:
    """Logarithmic for scales, linear for the initial mean bias, in order for names."""

    field: str
    values: tuple[float | str, ...]

    @classmethod
    def of(cls, field: str, values: Iterable[float | str]) -> Self:
        """The spacing of the values that occur, each once and in order."""
        unique = dict.fromkeys(values)
        return cls(field, tuple(unique if any(isinstance(value, str) for value in unique) else sorted(unique)))

    @property
    def categorical(self) -> bool:
        return isinstance(self.values[0], str)

    @property
    def linear(self) -> bool:
        return not self.categorical and not wording.log_base(self.field)

    @property
    def label(self) -> str:
        """The field's name, and that its values are logarithmically spaced where they are."""
        name = wording.label(self.field)
        return f"{name} (log scale)" if wording.log_base(self.field) else name

    def place(self, value: float | str) -> float:
        """Where a value lies; on a logarithmic axis zero lies one power below the least."""
        if self.categorical:
            return float(self.values.index(value))
        if base := wording.log_base(self.field):
            least = min((v for v in self.values if v > 0), default=1.0)
            return math.log(value, base) if value > 0 else math.log(least, base) - 1
        return float(value)

    def ticks(self, apart: float) -> tuple[list[float], list[str]]:
        """Places and texts of all names, or of the numbers that are a fraction of the axis apart, round ones first."""
        texts = {self.place(value): wording.text(self.field, value) for value in self.values}
        apart = 0 if self.categorical else apart * (max(texts) - min(texts))
        shown: list[float] = []
        for place in sorted(texts, key=lambda place: len(texts[place]) > ROUND):
            if all(abs(place - other) >= apart for other in shown):
                shown.append(place)
        shown.sort()
        return shown, [texts[place] for place in shown]


def spread(places: Sequence[float], apart: float) -> list[float]:
    """Rising places from 0 to 1 that lie apart, as near as can be to those given."""
    steps = apart * np.arange(len(places))
    level = isotonic_regression(np.asarray(places) - steps).x  # less the steps, places apart are places that rise
    return (np.clip(level, 0, max(1 - apart * (len(places) - 1), 0)) + steps).tolist()
