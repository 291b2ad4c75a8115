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
from monosemanticity.figures import printed
from monosemanticity.figures.colour import SEQUENTIAL
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import SINGLE, STEPS_LABEL, legend_above
from monosemanticity.measures import monosemanticity

NEAR_ONE = (0.99, 1.0)
BEYOND = 0.0004
"""So that a curve at 1 is seen."""
BOLD = 1.8


def draw(figure: Cdf, results: Results) -> Figure:
    """A curve a checkpoint, of the first seed; on the right the same near 1."""
    spec = results.plan.first_at(figure.model).spec
    r = {step: monosemanticity.responses(results.model(spec, step)).r for step in spec.checkpoint_steps}
    drawn = Figure(figsize=(SINGLE, 2.8), layout="constrained")
    drawn.get_layout_engine().set(wspace=0.08)
    whole, near = drawn.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    plot_distributions(whole, r)
    colours = plot_distributions(near, r)
    whole.set(xlim=(0, 1.02), ylim=(0, 1.02), ylabel="fraction of neurons with $r_i < r_t$")
    near.set(xlim=(NEAR_ONE[0], NEAR_ONE[1] + BEYOND), xticks=NEAR_ONE, title="near 1")
    printed.mark_upright(near, figure.paper, "r")
    drawn.supxlabel("threshold monosemanticity $r_t$", fontsize="medium")
    drawn.colorbar(colours, ax=[whole, near], label=STEPS_LABEL)
    legend_above(drawn, printed.handles(figure.paper))
    return drawn


def plot_distributions(axes: Axes, r: Mapping[int, Float[np.ndarray, " k"]]) -> ScalarMappable:
    """Fraction of neurons below each threshold up to 1, a curve a step, the last bold; returns their colour scale."""
    colours = ScalarMappable(Normalize(0, math.log2(max(r))), SEQUENTIAL.map())
    for step, of_neurons in r.items():
        thresholds, below = [0, *np.sort(of_neurons), 1], np.linspace(0, 1, len(of_neurons) + 1)
        look = {"color": colours.to_rgba(math.log2(step)), "linewidth": BOLD if step == max(r) else None}
        axes.plot(thresholds, [*below, 1], **look, drawstyle="steps-post")
    return colours
