"""From the value that a curve was swept over to its colour, and the colour bar or legend that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from monosemanticity.figures import wording
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import CATEGORIES


class Family(NamedTuple):
    """The stretch of a colour map that shows on white."""

    name: str
    first: float
    last: float

    def map(self) -> Colormap:
        return ListedColormap(matplotlib.colormaps[self.name](np.linspace(self.first, self.last, 256)), self.name)


SEQUENTIAL = Family("viridis", 0.0, 0.9)
REDS, BLUES, PURPLES = Family("Reds", 0.3, 0.85), Family("Blues", 0.35, 0.9), Family("Purples", 0.45, 1.0)
"""The darkest red and the darkest blue of the maps are both nearly black: they are left out."""

BESIDE = 0.03
"""Between panels and a colour bar, in widths of the panels."""
FEW = 3
"""Numbers that a legend names sooner than a bar."""
SHORT = 4
"""Letters of a title that is no wider than its bar; a longer one stands along it."""


@dataclass(frozen=True)
class Colours:
    """One colour a value: along a colour map for numbers, distinct for names."""

    spacing: Spacing
    family: Family = SEQUENTIAL

    @property
    def scale(self) -> ScalarMappable:
        """The colour map over the places of the values; a single value lies in its middle."""
        places = [self.spacing.place(value) for value in self.spacing.values]
        margin = 0.0 if len(places) > 1 else 0.5
        return ScalarMappable(Normalize(min(places) - margin, max(places) + margin), self.family.map())

    def of(self, value: float | str) -> str:
        place = self.spacing.place(value)
        if self.spacing.categorical:
            return CATEGORIES[int(place) % len(CATEGORIES)]
        return to_hex(self.scale.to_rgba(place))

    def handles(self) -> list[Artist]:
        """Legend entries of names; numbers have a bar instead."""
        return self.entries() if self.spacing.categorical else []

    def entries(self) -> list[Artist]:
        """A legend entry a value."""
        named = [(value, wording.sentence(self.spacing.field, [value])) for value in self.spacing.values]
        return [Line2D([], [], color=self.of(value), label=name) for value, name in named]

    def explain(self, drawn: Figure, beside: Sequence[Axes]) -> list[Artist]:
        """Legend entries of names and of a few numbers; of more a colour bar, and no entries."""
        if 1 < len(self.spacing.values) <= FEW:
            return self.entries()
        self.draw_bar(drawn, beside)
        return self.handles()

    def draw_bar(
        self,
        drawn: Figure,
        beside: Sequence[Axes] | np.ndarray,
        title: str = "",
        labelled: bool = True,
        pad: float = BESIDE,
    ) -> None:
        """A colour bar with ticks at the values; names have a legend instead, and a single value needs neither."""
        if self.spacing.categorical or len(self.spacing.values) == 1:
            return
        bar = drawn.colorbar(self.scale, ax=beside, aspect=30, pad=pad)
        places, texts = self.spacing.ticks(apart=1 / 10)
        bar.set_ticks(places, labels=texts if labelled else [""] * len(texts))
        above, along = (title, "") if len(title) <= SHORT else ("", title)
        bar.ax.set_title(above)
        bar.set_label(": ".join(filter(None, [along, self.spacing.label if labelled else ""])))
