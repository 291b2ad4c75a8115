"""How what the source prints looks: pale grey squares, behind all else."""

from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from monosemanticity.figures.style import PALE

MARK = {"color": PALE, "marker": "s", "markersize": 7, "linestyle": "none", "zorder": 0}


def handle() -> Artist:
    """The legend entry of all of them."""
    return Line2D([], [], **MARK, label="the source")
