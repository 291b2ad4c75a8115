"""Whether the runs that a figure shows as one, a seed each, have converged."""

from typing import Any

import pandas as pd
from matplotlib.lines import Line2D

UNCONVERGED = "loss not converged"
HOLLOW = {"linestyle": "none", "markerfacecolor": "white"}
"""The look of their marks."""


def handle(**look: Any) -> Line2D:
    """The legend entry of those that have not."""
    return Line2D([], [], **{"color": "black", "marker": "o", "label": UNCONVERGED} | HOLLOW | look)


def most_converged(models: pd.DataFrame) -> bool:
    """Whether more than half of some runs have: of one seed the loss drifts by chance now and then."""
    return bool(models.drop_duplicates("run")["converged"].mean() > 1 / 2)
