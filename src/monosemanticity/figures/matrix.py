"""The linearised map from features to outputs through the positive-bias neurons (section 5.2)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from monosemanticity.experiment.figures import Matrix
from monosemanticity.figures import printed
from monosemanticity.figures.heat import Cells, plot_cells, pooled
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, DPI, legend_above
from monosemanticity.measures import polysemantic


class Place(NamedTuple):
    """Of axes across the figure, in pixels, so that those of the map start and end between them."""

    left: int
    width: int


LEFT, GAP, BOTTOM, ABOVE, LARGEST = (round(inches * DPI) for inches in (0.5, 0.08, 0.45, 0.5, 1.7))
"""The largest is of the sides of the map."""
VALUES, CONSTANT = (Place(round(left * DPI), round(1.3 * DPI)) for left in (3.5, 5.65))
NEAR_ONE = (0.4, 0.3, 0.58, 0.5)
"""Where in the panel of the singular values those near 1 are shown larger."""


def draw(figure: Matrix, results: Results) -> Figure:
    """The map of the final model of the first seed, its singular values, and what positive biases alone give out."""
    _, model = results.final_model(figure.model)
    linear = polysemantic.linearised_map(model)
    wide, down = (Cells.of(count, LARGEST) for count in linear.shape)
    width, height = DOUBLE * DPI, BOTTOM + down.length + ABOVE
    drawn = Figure(figsize=(DOUBLE, height / DPI))

    def add_axes(place: Place) -> Axes:
        return drawn.add_axes((place.left / width, BOTTOM / height, place.width / width, down.length / height))

    whole, values, constant = (add_axes(place) for place in (Place(LEFT, wide.length), VALUES, CONSTANT))
    bar = add_axes(Place(LEFT + wide.length + GAP, GAP))
    image = plot_map(whole, linear, down, wide)
    drawn.colorbar(image, cax=bar, extend="both", label="output per unit of input\n(cut off)")
    singular = polysemantic.singular_values(model)
    plot_spectrum(values, singular, len(linear))
    plot_numbered(constant, polysemantic.bias_outputs(model))
    constant.set(xlabel="output feature", ylabel="$b W_2$ of positive biases")
    constant.locator_params(axis="y", nbins=5)
    for axes in (values, *values.child_axes):
        printed.mark_across(axes, figure.paper, "singular_values")
    printed.mark_across(constant, figure.paper, "constant")
    legend_above(drawn, printed.handles(figure.paper))
    return drawn


def plot_numbered(axes: Axes, values: Float[np.ndarray, " values"]) -> Axes:
    """A dot a value, in order."""
    axes.plot(np.arange(len(values)), values, color=BLUE, marker=".", linestyle="none")
    return axes


def plot_spectrum(axes: Axes, singular: Float[np.ndarray, " d"], count: int) -> Axes:
    """The singular values of a map of a count of features, with the zeros past the d-th; those near 1 also larger."""
    plot_numbered(axes, np.pad(singular, (0, count - len(singular))))
    axes.set(title=spectrum(singular), xlabel="by size", ylabel="singular value")
    axes.set_ylim(-0.05, 1.1 * max(1, singular.max()))
    if len(values := polysemantic.nonzero(singular)):
        plot_numbered(axes.inset_axes(NEAR_ONE), values).tick_params(labelsize=6)
    return axes


def spectrum(singular: Float[np.ndarray, " d"]) -> str:
    """Rank and ends of the nonzero singular values, which fall, in words."""
    values = polysemantic.nonzero(singular)
    return f"rank {len(values)}, {values[-1]:.2f}\N{EN DASH}{values[0]:.2f}" if len(values) else "rank 0"


def plot_map(axes: Axes, linear: Float[np.ndarray, "N outputs"], down: Cells, wide: Cells) -> AxesImage:
    """Input features across, outputs down; red positive, blue negative, up to the largest off the diagonal."""
    diagonal = np.eye(*linear.shape, dtype=bool)
    largest = float(np.abs(linear[~diagonal]).max(initial=0)) or 1.0
    axes.set(
        xlabel="input feature", ylabel="output feature", title=f"diagonal {linear[diagonal].mean():.2f} on average"
    )
    return plot_cells(axes, furthest(linear.T, down, wide), down, wide, vmin=-largest, vmax=largest, cmap="RdBu_r")


def furthest(values: Float[np.ndarray, "k N"], down: Cells, wide: Cells) -> Float[np.ndarray, "rows columns"]:
    """The furthest from 0 of the values that are shown by one cell."""
    above, below = pooled(values, down, wide), -pooled(-values, down, wide)
    return np.where(above >= -below, above, below)
