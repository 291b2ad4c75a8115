"""The cumulative distribution of monosemanticity over the neurons of one model, as it trains."""

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Cdf
from monosemanticity.figures.colour import SEQUENTIAL
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import SINGLE, STEPS_LABEL
from monosemanticity.measures import monosemanticity


def draw(figure: Cdf, results: Results) -> Figure:
    """A curve a checkpoint, of the first seed."""
    spec = results.plan.first_at(figure.model).spec
    r = {step: monosemanticity.responses(results.model(spec, step)).r for step in spec.checkpoint_steps}
    drawn = Figure(figsize=(SINGLE, 2.6), layout="constrained")
    axes = drawn.subplots()
    drawn.colorbar(plot_distributions(axes, r), ax=axes, label=STEPS_LABEL)
    return drawn


def plot_distributions(axes: Axes, r: Mapping[int, Float[np.ndarray, " k"]]) -> ScalarMappable:
    """Fraction of neurons below each threshold, a curve a step; returns their colour scale."""
    colours = ScalarMappable(Normalize(0, math.log2(max(r))), SEQUENTIAL.map())
    for step, of_neurons in r.items():
        axes.ecdf(of_neurons, color=colours.to_rgba(math.log2(step)))
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
    axes.set_xlabel("threshold monosemanticity $r_t$")
    axes.set_ylabel("fraction of neurons with $r_i < r_t$")
    return colours
