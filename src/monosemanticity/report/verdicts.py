"""The claims of a page: words, numbers, verdicts, and a small picture of each number beside its bounds."""

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from monosemanticity.claims.claim import Decision
from monosemanticity.claims.quantity import Quantity
from monosemanticity.claims.report import spelled

FIGURE = re.compile(r"[\w.-]+")
ACROSS = 400
"""Of a picture, in its own units."""


@dataclass(frozen=True)
class Strip:
    """A number on a line from 0 to 400: its units as dots, its interval, and the range that the claim allows."""

    said: str
    verdict: str
    dots: list[float]
    interval: tuple[float, float]
    allowed: tuple[float, float]
    ends: tuple[str, str]


@dataclass(frozen=True)
class Row:
    """A claim as it is shown."""

    name: str
    section: str
    figures: list[str]
    """Those of the page."""
    says: str
    number: str
    source: str
    verdict: str
    unsettled: str
    why_not: str
    strips: list[Strip]
    runs: list[str]


def rows(decisions: Iterable[Decision], figures: Collection[str]) -> list[Row]:
    """The claims, in their order, and which of some figures show them."""
    return [_row(decision, figures) for decision in decisions]


def figures_of(said: str, figures: Collection[str]) -> list[str]:
    """The figures that a claim names: '1, 7' as fig01 and fig07, 'S1' as figS1, others as they are called."""
    names = [name if name in figures else f"fig{name:0>2}" for name in FIGURE.findall(said)]
    return [name for name in names if name in figures]


def _row(decision: Decision, figures: Collection[str]) -> Row:
    claim = decision.claim
    return Row(
        claim.name,
        claim.section,
        figures_of(claim.figures, figures),
        claim.says,
        claim.number,
        claim.source,
        decision.verdict,
        decision.unsettled,
        decision.why_not,
        [strip(quantity, claim.unit) for quantity in decision.quantities],
        sorted(decision.asked),
    )


def strip(quantity: Quantity, unit: str) -> Strip:
    """A number over the range of its units, its interval and its bounds; there is room beyond an open bound.

    Infinity lies at an end.
    """
    values = [float(value) for value in quantity.of_seeds]
    low, high = quantity.interval
    shown = list(filter(math.isfinite, [*values, low, high, *quantity.bounds.values()]))
    first, last = min(shown, default=0), max(shown, default=0)
    room = 0.12 * (last - first) or max(abs(first), 1) * 0.1
    first, last = first - room, last + room

    def place(value: float) -> float:
        if math.isnan(value):
            return ACROSS / 2
        return round(ACROSS * min(max((value - first) / (last - first), 0), 1), 1)

    least, most = max(quantity.at_least, quantity.above), min(quantity.at_most, quantity.below)
    allowed = place(least) if math.isfinite(least) else 0.0, place(most) if math.isfinite(most) else float(ACROSS)
    ends = f"{first:.3g}", f"{last:.3g}"
    said = spelled(quantity, unit)
    return Strip(said, quantity.verdict, list(map(place, values)), (place(low), place(high)), allowed, ends)
