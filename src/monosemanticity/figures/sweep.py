"""Sweeps: measures of final models against what was swept."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from monosemanticity.experiment.figures import Final, Line, Sweep
from monosemanticity.figures import curves
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.results import Results
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import (
    BLUE,
    DOUBLE,
    GREY,
    ORANGE,
    PER_FEATURE_LABEL,
    PER_NEURON_LABEL,
    RED,
    SINGLE,
    legend_above,
)

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
GELU_MINIMUM = -0.7517915
"""Where the GeLU is least."""


class Reference(NamedTuple):
    """A vertical line, and where it stands for given models."""

    label: str
    at: Callable[[pd.DataFrame], Any]
    color: str | None = None
    """None for that of the curve it belongs to."""
    linestyle: str = "-"

    def handle(self) -> Line2D:
        """Its legend entry."""
        return Line2D([], [], color=self.color or GREY, linestyle=self.linestyle, linewidth=0.8, label=self.label)


REFERENCES: dict[Line, Reference] = {
    "minus_sqrt_epsilon": Reference("\N{MINUS SIGN}√ε", lambda models: -np.sqrt(models["epsilon"])),
    "gelu_minimum": Reference("GeLU minimum", lambda _: GELU_MINIMUM, GREY),
    "k_equals_N": Reference("k = N", lambda models: models["N"], GREY),
    "N_epsilon_equals_d": Reference("Nε = d", lambda models: models["d"] / models["N"], RED, "--"),
}


LEVELS: dict[Line, Reference] = {
    "d_plus_1": Reference("d + 1", lambda models: models["d"] + 1, GREY, "--"),
}
"""Those that lie across: where they stand on the other axis."""


class Quantity(NamedTuple):
    """A column of final models that a panel shows."""

    label: str
    level: float | None = None
    """Marked by a dashed line, and within the panel."""


QUANTITIES: dict[Final, Quantity] = {
    "per_neuron": Quantity(PER_NEURON_LABEL, 1),
    "per_feature": Quantity(PER_FEATURE_LABEL, 1),
    "mono_features": Quantity("# features with mono neurons"),
    "positive_bias_neurons": Quantity("# neurons with b > 0.05"),
    "dead_neurons": Quantity("# neurons that never respond"),
    "final_loss": Quantity("final loss"),
}


class Curve(NamedTuple):
    """The final models along one curve, and its look."""

    models: pd.DataFrame
    look: dict[str, Any]


def draw(figure: Sweep, results: Results) -> Figure:
    """A panel a measure, above one another or side by side."""
    models = pd.concat([results.models(batch) for batch in figure.curves])
    sweep = models[~models["comparison"]]
    x = Spacing.of(figure.x, sweep[figure.x])
    colours = Colours(Spacing.of(figure.colour, sweep[figure.colour])) if figure.colour else None
    swept = list(dict.fromkeys(field for batch in figure.curves for field in results.plan.batches[batch].swept))
    others = curves.without(swept, figure.x, figure.colour)
    shown = list(curves_of(sweep, colours, others))

    count = len(figure.panels)
    size = (DOUBLE, 2.7) if figure.side_by_side else (SINGLE, 0.8 + 1.7 * count)
    drawn = Figure(figsize=size, layout="constrained")
    grid = list(drawn.subplots(*((1, count) if figure.side_by_side else (count, 1)), sharex=True, squeeze=False).flat)
    for axes, column in zip(grid, figure.panels, strict=True):
        plot_curves(axes, shown, x, column)
        plot_comparison(axes, models, column)
        for line in figure.lines:
            if line in LEVELS:
                plot_level(axes, LEVELS[line], shown, x)
            else:
                plot_reference(axes, REFERENCES[line], shown, x)
        mark_level(axes, QUANTITIES[column])
        axes.set_ylabel(QUANTITIES[column].label)
    for axes in grid if figure.side_by_side else [grid[-1]]:
        axes.set_xlabel(x.label)
    if not x.linear:
        grid[0].set_xticks(*x.ticks(apart=1 / 5))

    handles = grid[0].get_legend_handles_labels()[0]
    if colours:
        colours.draw_bar(drawn, beside=grid)
        handles += colours.handles()
    for values, marker in curves.told_apart(sweep, others, MARKERS).items():
        handles.append(Line2D([], [], color="black", marker=marker, label=curves.setting(others, values)))
    legend_above(drawn, [*handles, *((REFERENCES | LEVELS)[line].handle() for line in figure.lines)])
    return drawn


def curves_of(models: pd.DataFrame, colours: Colours | None, others: Sequence[str]) -> Iterator[Curve]:
    """A curve a batch, its colour or look and, by its mark, each combination of what else was swept."""
    markers = curves.told_apart(models, others, MARKERS)
    looks = looks_of_batches(models)
    by = ["batch", *([colours.spacing.field] if colours else []), *others]
    for _, batch in models.groupby("batch", sort=False):
        for values, curve in batch.groupby(by):
            place = dict(zip(by, values, strict=True))
            look = {"color": colours.of(place[colours.spacing.field])} if colours else looks[place["batch"]]
            marker = markers.get(tuple(place[field] for field in others), MARKERS[0])
            yield Curve(curve, look | {"marker": marker})


def looks_of_batches(models: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """One batch in blue; several by figure 17's words or, where these do not tell them apart, by their names."""
    batches = dict(iter(models.groupby("batch", sort=False)))
    if len(batches) == 1:
        return {name: {"color": BLUE} for name in batches}
    looks = {name: look_of_batch(batch) for name, batch in batches.items()}
    if len({look["label"] for look in looks.values()}) == len(looks):
        return looks
    return {name: {"color": f"C{place}", "label": name} for place, name in enumerate(batches)}


def look_of_batch(models: pd.DataFrame) -> dict[str, Any]:
    """Figure 17's: dashed from zero mean bias, orange for power-law frequencies, and a legend that says so."""
    zero, power_law = (models["bias_offset"] == 0).all(), (models["distribution"] == "power-law").all()
    label = ("zero" if zero else "negative") + " bias offset" + (", power-law" if power_law else "")
    return {"color": ORANGE if power_law else BLUE, "linestyle": "--" if zero else "-", "label": label}


def plot_curves(axes: Axes, shown: Sequence[Curve], x: Spacing, column: str) -> Axes:
    """The mean over seeds with bars over their range; names on the axis are not joined by lines."""
    for models, look in shown:
        placed = models.assign(place=models[x.field].map(x.place))
        curve = curves.over_seeds(placed, "place", column)
        spread = [curve["mean"] - curve["least"], curve["greatest"] - curve["mean"]]
        style = {"marker": MARKERS[0]} | look | ({"linestyle": "none"} if x.categorical else {})
        several = models["seed"].nunique() > 1
        axes.errorbar(curve.index, curve["mean"], spread if several else None, capsize=2, **style)
    return axes


def plot_comparison(axes: Axes, models: pd.DataFrame, column: str) -> Axes:
    """The comparison run as a horizontal line."""
    beside = models[models["comparison"]]
    if len(beside):
        axes.axhline(beside[column].mean(), color=RED, label=curves.difference(models))
    return axes


def plot_reference(axes: Axes, reference: Reference, shown: Sequence[Curve], x: Spacing) -> Axes:
    """A vertical line wherever the reference stands for one of the curves."""
    places = {
        (x.place(value), reference.color or look["color"])
        for models, look in shown
        for value in np.unique(reference.at(models)).tolist()
    }
    for place, color in sorted(places):
        axes.axvline(place, color=color, linestyle=reference.linestyle, linewidth=0.8)
    return axes


def plot_level(axes: Axes, level: Reference, shown: Sequence[Curve], x: Spacing) -> Axes:
    """A line across, through where the level stands for each model of the curves."""
    places = {
        (x.place(value), at) for models, _ in shown for value, at in zip(models[x.field], level.at(models), strict=True)
    }
    axes.plot(*zip(*sorted(places), strict=True), color=level.color, linestyle=level.linestyle, linewidth=0.8, zorder=1)
    return axes


def mark_level(axes: Axes, quantity: Quantity) -> Axes:
    """From 0 on, and where the quantity has a level, up to it and with a line there."""
    if quantity.level is not None:
        axes.axhline(quantity.level, color="black", linestyle="--", linewidth=0.8)
    axes.set_ylim(0, max(1.05 * (quantity.level or 0), axes.get_ylim()[1]))
    return axes
