"""Weights as a matrix of colours."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

COLOURS = "RdBu_r"
"""Red positive, blue negative, white zero."""


def plot_matrix(axes: Axes, weights: Float[np.ndarray, "rows columns"], limit: float) -> AxesImage:
    """Rows downwards from 0; the colours reach from -limit to limit, and beyond it stay the same."""
    return axes.imshow(weights, vmin=-limit, vmax=limit, cmap=COLOURS, interpolation="nearest", aspect="auto")
