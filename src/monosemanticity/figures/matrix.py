"""The linearised map from features to outputs through the positive-bias neurons (section 5.2)."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from monosemanticity.experiment.figures import Matrix
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import SINGLE
from monosemanticity.measures import polysemantic


def draw(figure: Matrix, results: Results) -> Figure:
    """The map of the final model of the first seed, and its singular values in the title."""
    _, model = results.final_model(figure.model)
    linear = polysemantic.linearised_map(model)
    drawn = Figure(figsize=(SINGLE, 3.0), layout="constrained")
    axes = drawn.subplots()
    drawn.colorbar(plot_map(axes, linear), ax=axes, label="output per unit of input")
    axes.set_title(spectrum(linear))
    return drawn


def spectrum(linear: Float[np.ndarray, "N outputs"]) -> str:
    """Rank and nonzero singular values in words."""
    rank = int(np.linalg.matrix_rank(linear))
    values = np.linalg.svd(linear, compute_uv=False)[:rank]
    return f"rank {rank}, singular values {values[-1]:.2f}\N{EN DASH}{values[0]:.2f}" if rank else "rank 0"


def plot_map(axes: Axes, linear: Float[np.ndarray, "N outputs"]) -> AxesImage:
    """Input features across, outputs down; red positive, blue negative, white zero."""
    largest = float(np.abs(linear).max()) or 1.0
    axes.set(xlabel="input feature", ylabel="output feature")
    return axes.imshow(linear.T, vmin=-largest, vmax=largest, cmap="RdBu_r", interpolation="antialiased")
