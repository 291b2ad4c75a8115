"""Heat maps: what every neuron does when one feature is active alone."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from monosemanticity.experiment.figures import Heat
from monosemanticity.figures import wording
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import DOUBLE
from monosemanticity.measures import monosemanticity, responses


def draw(figure: Heat, results: Results) -> Figure:
    """A panel a final model, of the first seed, all on one colour scale."""
    drawn = Figure(figsize=(DOUBLE, 3.6), layout="constrained")
    row = drawn.subplots(1, len(figure.panels), squeeze=False)[0]
    for axes, chosen in zip(row, figure.panels, strict=True):
        spec, model = results.final_model(chosen)
        image = plot_activations(axes, responses.picture(monosemanticity.responses(model)))
        numbers = spec.model_dump()
        axes.set_title("\n".join(wording.sentence(field, [numbers[field]]) for field in chosen.at))
    row[0].set_ylabel("neuron")
    drawn.colorbar(image, ax=row, aspect=30, pad=0.02, label="activation")
    return drawn


def plot_activations(axes: Axes, activations: Float[np.ndarray, "k N"]) -> AxesImage:
    """Neurons down, features across, from 0 to 1."""
    axes.set_xlabel("feature")
    return axes.imshow(activations, aspect="auto", vmin=0, vmax=1, cmap="viridis", interpolation="antialiased")
