"""The common look of all figures: sizes for a printed column, colours that colour-blind readers can tell apart."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.container import Container
from matplotlib.figure import Figure

SINGLE, DOUBLE = 3.4, 7.0
"""Widths of one printed column and of two, in inches."""

BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"
CATEGORIES = (BLUE, ORANGE, GREEN, PINK, SKY, "#D55E00")
"""Okabe and Ito's colours."""
RED = "#C1121F"
"""Of what stands beside blue: without red it is still the darker and yellower of the two."""
GREY, PALE = "dimgrey", "0.82"
"""Of lines that help to read, and of what the paper prints."""
DPI = 320
"""Pixels of a PNG in an inch, of which the cells of heat maps take whole numbers."""

LOOK = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.0,
    "lines.markersize": 3,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,
    "svg.hashsalt": "monosemanticity",
}

STEPS_LABEL = r"$\log_2$ training steps"
PER_FEATURE_LABEL = "# mono neurons / # features"
PER_NEURON_LABEL = "# mono neurons / # neurons"


def legend_above(drawn: Figure, handles: Sequence[Artist | Container], columns: int = 2) -> None:
    """One legend for the whole figure, outside its axes where it covers nothing."""
    if handles:
        drawn.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), columns))
