"""Responses: a feature's output against its input amplitude when it is active alone (section 5.1)."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import TICKUP

from monosemanticity.experiment.figures import Response
from monosemanticity.figures import printed
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, GREEN, ORANGE, PINK, legend_above
from monosemanticity.measures import features, monosemanticity, polysemantic, responses
from monosemanticity.model.trained import Model

COLUMNS = 2
AMPLITUDES = np.linspace(0, 1, 101)
KINKS = (ORANGE, PINK)
"""Colours of the amplitudes at which the first and the second monosemantic neuron of a feature start to respond."""
RUG = {"linestyle": "none", "marker": TICKUP, "markersize": 4, "markeredgewidth": 0.5, "alpha": 0.7}


def draw(figure: Response, results: Results) -> Figure:
    """A panel a feature of the final model of the first seed."""
    _, model = results.final_model(figure.model)
    seen = monosemanticity.responses(model)
    mono_neurons = features.mono_neurons(model, seen)
    kinks = np.stack([features.onset(model, seen), features.second_onset(model, seen)])
    lines = {name: outputs(model, among) for name, among in parts(model).items()}
    rows = -(-len(figure.mono_neurons) // COLUMNS)
    drawn = Figure(figsize=(DOUBLE, 0.5 + 2.1 * rows), layout="constrained")
    grid = drawn.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    shown = choose_features(mono_neurons, kinks, figure.mono_neurons)
    for empty in grid.flat[len(shown) :]:
        empty.set_axis_off()
    for axes, feature in zip(grid.flat[: len(shown)], shown, strict=True):
        plot_response(axes, {name: line[:, feature] for name, line in lines.items()})
        count = int(mono_neurons[feature])
        mark_kinks(axes, kinks[:, feature])
        plot_rug(axes, kinks[:, mono_neurons == count])
        for panel in ("onset", "second_onset")[:count]:
            printed.mark_upright(axes, figure.paper, panel)
        axes.set_title(f"feature {feature}, {count} mono neuron{'' if count == 1 else 's'}")
    for axes in grid[-1]:
        axes.set_xlabel("input feature amplitude")
    for axes in grid[:, 0]:
        axes.set_ylabel("output amplitude")
    legend_above(drawn, [*grid[0, 0].get_legend_handles_labels()[0], *printed.handles(figure.paper)], columns=5)
    return drawn


def choose_features(
    mono_neurons: Int[np.ndarray, " N"], kinks: Float[np.ndarray, "2 N"], wanted: Sequence[int]
) -> list[int]:
    """For each count a feature, not yet taken, with that many monosemantic neurons, or the nearest to it.

    Of these the one whose two kinks are farthest apart, or where they have no second, the one of median kink.
    """
    first, apart = np.nan_to_num(kinks[0]), np.nan_to_num(kinks[1] - kinks[0])
    taken: list[int] = []
    for count in wanted:
        away = np.abs(mono_neurons - count)
        from_median = np.abs(first - np.median(first[away == away.min()]))
        order = np.lexsort((from_median, -apart, away))
        taken.append(int(next(feature for feature in order if feature not in taken)))
    return taken


def mark_kinks(axes: Axes, kinks: Float[np.ndarray, " kinks"]) -> Axes:
    """Where the first and the second monosemantic neuron of a feature start to respond, labelled to the outside."""
    for kink, side, color in zip(kinks, ("right", "left"), KINKS, strict=True):
        if kink <= 1:
            axes.axvline(kink, color=color, linestyle=":", linewidth=0.8)
            place = {"xy": (kink, 1), "xycoords": ("data", "axes fraction"), "ha": side, "va": "top"}
            axes.annotate(f" {kink:.2f} ", **place, fontsize=6)
    return axes


def plot_rug(axes: Axes, kinks: Float[np.ndarray, "kinks features"]) -> Axes:
    """The kinks of many features, a tick each along the x-axis."""
    for of_features, color in zip(kinks, KINKS, strict=True):
        within = of_features[of_features <= 1]
        axes.plot(within, np.zeros_like(within), color=color, transform=axes.get_xaxis_transform(), **RUG)
    return axes


def parts(model: Model) -> dict[str, Bool[np.ndarray, " k"]]:
    """The neurons of the whole model, and of the two parts that stand for its monosemantic and polysemantic neurons."""
    return {
        "full model": np.ones_like(model.b, dtype=bool),
        "negative biases": model.b < 0,
        "positive biases": polysemantic.positive_bias(model),
    }


def outputs(model: Model, among: Bool[np.ndarray, " k"]) -> Float[np.ndarray, "amplitudes N"]:
    """What some neurons give out for each feature alone, at each amplitude."""
    return np.stack([responses.own_outputs(model, among, float(amplitude)) for amplitude in AMPLITUDES])


def plot_response(axes: Axes, lines: Mapping[str, Float[np.ndarray, " amplitudes"]]) -> Axes:
    """The whole model, its negative-bias and its positive-bias neurons, and exact recovery."""
    for (name, line), color in zip(lines.items(), (BLUE, ORANGE, GREEN), strict=True):
        axes.plot(AMPLITUDES, line, color=color, label=name)
    axes.plot([0, 1], [0, 1], color="black", linestyle=":", label="truth")
    return axes
