"""What the paper prints, in grey: a line or a band in a panel of a figure, behind all else."""

from collections.abc import Callable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from monosemanticity.experiment.figures import Printed
from monosemanticity.figures.style import PALE

BAND = {"color": PALE, "zorder": 0}
LINE_WIDTH = 2


def handles(shown: Sequence[Printed]) -> list[Artist]:
    """The one legend entry of them all."""
    return [Patch(color=PALE, label="the paper")] if shown else []


def mark_across(axes: Axes, shown: Sequence[Printed], panel: str, share: float = 1.0) -> Axes:
    """Values of the y-axis, along a share of the panel from its left."""
    for each in shown:
        if each.panel == panel:
            axes.axhspan(*each.ends, xmax=share, linewidth=edge(each), **BAND)
    return axes


def mark_upright(axes: Axes, shown: Sequence[Printed], panel: str, place: Callable[[float], float] = float) -> Axes:
    """Values of the x-axis, each where its place is."""
    for each in shown:
        if each.panel == panel:
            axes.axvspan(*map(place, each.ends), linewidth=edge(each), **BAND)
    return axes


def edge(shown: Printed) -> float:
    """Of a band none, which would widen it; a single number has no width, and is a line by its edge alone."""
    low, high = shown.ends
    return LINE_WIDTH if low == high else 0
