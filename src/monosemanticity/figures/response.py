"""Responses: a feature's output against its input amplitude when it is active alone (section 5.1)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Response
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, GREEN, ORANGE, legend_above
from monosemanticity.measures import measure, responses
from monosemanticity.model.trained import Model

COLUMNS = 2
AMPLITUDES = np.linspace(0, 1, 101)


def draw(figure: Response, results: Results) -> Figure:
    """A panel a feature of the final model of the first seed."""
    _, model = results.final_model(figure.model)
    mono_neurons = responses.mono_neurons_of_features(measure.responses(model))
    rows = -(-len(figure.mono_neurons) // COLUMNS)
    drawn = Figure(figsize=(DOUBLE, 0.5 + 2.1 * rows), layout="constrained")
    grid = drawn.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    for axes, feature in zip(grid.flat, choose_features(mono_neurons, figure.mono_neurons), strict=True):
        plot_response(axes, model, feature)
        count = int(mono_neurons[feature])
        axes.set_title(f"feature {feature}, {count} mono neuron{'' if count == 1 else 's'}")
    for axes in grid[-1]:
        axes.set_xlabel("input feature amplitude")
    for axes in grid[:, 0]:
        axes.set_ylabel("output amplitude")
    legend_above(drawn, grid[0, 0].get_legend_handles_labels()[0], columns=4)
    return drawn


def choose_features(mono_neurons: Int[np.ndarray, " N"], wanted: Sequence[int]) -> list[int]:
    """For each count the first feature, not yet taken, with that many monosemantic neurons, or the nearest to it."""
    taken: list[int] = []
    for count in wanted:
        distance = np.abs(mono_neurons - count)
        distance[taken] = distance.max() + 1
        taken.append(int(distance.argmin()))
    return taken


def plot_response(axes: Axes, model: Model, feature: int) -> Axes:
    """The whole model, its negative-bias and its positive-bias neurons, and exact recovery."""
    parts = {
        "full model": (np.ones_like(model.b, dtype=bool), BLUE),
        "mono model": (model.b < 0, ORANGE),
        "poly model": (model.b > 0, GREEN),
    }
    for name, (among, color) in parts.items():
        output = responses.amplitude_response(model, feature, AMPLITUDES, among)
        axes.plot(AMPLITUDES, output, color=color, label=name)
    axes.plot([0, 1], [0, 1], color="black", linestyle=":", label="truth")
    return axes
