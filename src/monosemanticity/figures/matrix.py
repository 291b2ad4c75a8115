"""The linearised map from features to outputs through the positive-bias neurons (section 5.2)."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from monosemanticity.experiment.figures import Matrix
from monosemanticity.figures import printed
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, legend_above
from monosemanticity.measures import polysemantic


def draw(figure: Matrix, results: Results) -> Figure:
    """The map of the final model of the first seed, its singular values, and what positive biases alone give out."""
    _, model = results.final_model(figure.model)
    drawn = Figure(figsize=(DOUBLE, 2.7), layout="constrained")
    whole, values, constant = drawn.subplots(1, 3, width_ratios=(2, 1, 1))
    drawn.colorbar(plot_map(whole, polysemantic.linearised_map(model)), ax=whole, label="output per unit of input")
    singular = polysemantic.singular_values(model)
    plot_numbered(values, singular)
    values.set(title=spectrum(singular), xlabel="by size", ylabel="singular value")
    plot_numbered(constant, polysemantic.bias_outputs(model))
    constant.set(xlabel="output", ylabel="$b W_2$ of positive biases")
    printed.mark_across(values, figure.paper, "singular_values")
    printed.mark_across(constant, figure.paper, "constant")
    legend_above(drawn, printed.handles(figure.paper))
    return drawn


def plot_numbered(axes: Axes, values: Float[np.ndarray, " values"]) -> Axes:
    """A dot a value, in order."""
    axes.plot(np.arange(len(values)), values, color=BLUE, marker=".", linestyle="none")
    return axes


def spectrum(singular: Float[np.ndarray, " d"]) -> str:
    """Rank and ends of the nonzero singular values, which fall, in words."""
    values = polysemantic.nonzero(singular)
    return f"rank {len(values)}, {values[-1]:.2f}\N{EN DASH}{values[0]:.2f}" if len(values) else "rank 0"


def plot_map(axes: Axes, linear: Float[np.ndarray, "N outputs"]) -> AxesImage:
    """Input features across, outputs down; red positive, blue negative, white zero."""
    largest = float(np.abs(linear).max()) or 1.0
    axes.set(xlabel="input feature", ylabel="output feature")
    return axes.imshow(linear.T, vmin=-largest, vmax=largest, cmap="RdBu_r", interpolation="antialiased")
