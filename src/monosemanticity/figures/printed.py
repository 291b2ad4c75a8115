"""What the paper prints, in grey: a line or a band in a panel of a figure, behind all else."""

from collections.abc import Callable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from monosemanticity.experiment.figures import Printed
from monosemanticity.figures.style import PALE

BAND = {"color": PALE, "linewidth": 2, "zorder": 0}
"""With edges, so that a band without a width is a line."""


def handles(shown: Sequence[Printed]) -> list[Artist]:
    """The one legend entry of them all."""
    return [Patch(color=PALE, label="the paper")] if shown else []


def mark_across(axes: Axes, shown: Sequence[Printed], panel: str) -> Axes:
    """Values of the y-axis."""
    for each in shown:
        if each.panel == panel:
            axes.axhspan(*each.ends, **BAND)
    return axes


def mark_upright(axes: Axes, shown: Sequence[Printed], panel: str, place: Callable[[float], float] = float) -> Axes:
    """Values of the x-axis, each where its place is."""
    for each in shown:
        if each.panel == panel:
            axes.axvspan(*map(place, each.ends), **BAND)
    return axes
