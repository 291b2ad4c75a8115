"""Sweeps: measures of final models against what was swept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from monosemanticity.experiment.figures import Derived, Final, Line, PrintedBeside, Sweep
from monosemanticity.figures import converged, curves, printed, wording
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.results import Results
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import (
    BLUE,
    CATEGORIES,
    DOUBLE,
    GREY,
    PALE,
    PER_FEATURE_LABEL,
    PER_NEURON_LABEL,
    RED,
    SINGLE,
    legend_above,
)

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
A_SEED = {"marker": "_", "linestyle": "none", "markersize": 7, "markeredgewidth": 0.6, "clip_on": False, "zorder": 1.5}
"""Wider than the mark of the mean, and behind all of them."""
AS_MANY = {"color": "black", "linestyle": "--", "linewidth": 0.8, "zorder": 1}
OF_A_MODEL = ("task", "activation", "distribution", "density")
"""The fields that legends tell batches apart by, beside where their biases start."""
POINTS_OF_A_LEVEL = 100
DERIVED: dict[Derived, Callable[[pd.DataFrame], pd.Series]] = {
    "dense_k": lambda models: models["k"] * models["density"],
}
"""What the axis may show that is no number of a run: of a dense layer of so many neurons each has as many weights."""
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
    "N_epsilon_equals_d_over_4": Reference("Nε = d/4", lambda models: models["d"] / models["N"] / 4, GREY, ":"),
}

LEVELS: dict[Line, Reference] = {
    "d_plus_1": Reference("d + 1", lambda models: models["d"] + 1, GREY, "--"),
}
"""Those that lie across: where they stand on the other axis."""


class Quantity(NamedTuple):
    """A column of final models that a panel shows."""

    label: str
    level: Callable[[pd.DataFrame], float] | None = None
    """Marked by a dashed line, and within the panel."""
    as_many_as: str = ""
    """What there are as many of at the level."""


QUANTITIES: dict[Final, Quantity] = {
    "per_neuron": Quantity(PER_NEURON_LABEL, lambda _: 1, "neurons"),
    "per_feature": Quantity(PER_FEATURE_LABEL, lambda _: 1, "features"),
    "mono_features": Quantity("# features with\na mono neuron", lambda models: models["N"].max(), "features"),
    "positive_bias_neurons": Quantity("# neurons with b > 0.05"),
    "dead_neurons": Quantity("# neurons that\nnever respond"),
    "final_loss": Quantity("final loss"),
}


class Curve(NamedTuple):
    """The final models along one curve, and its look."""

    models: pd.DataFrame
    look: dict[str, Any]


def draw(figure: Sweep, results: Results) -> Figure:
    """A panel a measure, above one another or side by side."""
    models = pd.concat([results.models(batch) for batch in figure.curves]).assign(**DERIVED)
    sweep = models[~models["comparison"]]
    x = Spacing.of(figure.x, sweep[figure.x])
    colours = Colours(Spacing.of(figure.colour, sweep[figure.colour])) if figure.colour else None
    swept = list(dict.fromkeys(field for batch in figure.curves for field in results.plan.batches[batch].swept))
    others = curves.without(swept, *figure.along(), figure.colour)
    shown = list(curves_of(sweep, colours, others))

    count = len(figure.panels)
    size = (DOUBLE, 2.7) if figure.side_by_side else (SINGLE, 0.8 + 1.7 * count)
    drawn = Figure(figsize=size, layout="constrained")
    grid = list(drawn.subplots(*((1, count) if figure.side_by_side else (count, 1)), sharex=True, squeeze=False).flat)
    for axes, column in zip(grid, figure.panels, strict=True):
        plot_comparison(plot_curves(axes, shown, x, column), models, column)
        plot_lines(axes, figure.lines, shown, x)
        printed.mark_upright(axes, figure.paper, figure.x, x.place)
        axes.set_ylabel(QUANTITIES[column].label)
    for axes, column in zip(grid, figure.panels, strict=True):  # whose common axis is now as long as it will be
        mark_printed(axes, [each for each in figure.paper if each.panel == column], shown, x)
        mark_level(axes, QUANTITIES[column], models)
    for axes in grid if figure.side_by_side else [grid[-1]]:
        axes.set_xlabel(x.label)
    if not x.linear:
        grid[0].set_xticks(*x.ticks(apart=1 / 5))
    grid[0].set_xticks([x.place(value) for value in x.values], minor=True)

    handles = grid[0].get_legend_handles_labels()[0]
    if colours:
        handles += colours.explain(drawn, beside=grid)
    for values, marker in curves.told_apart(sweep, others, MARKERS).items():
        handles.append(Line2D([], [], color="black", marker=marker, label=curves.setting(others, values)))
    legend_above(drawn, [*handles, *explained(figure, shown), *printed.handles(figure.paper)])
    return drawn


def explained(figure: Sweep, shown: Sequence[Curve]) -> list[Artist]:
    """Legend entries for what is marked beside the curves, and for hollow marks where there are such."""
    entries = [(REFERENCES | LEVELS)[line].handle() for line in figure.lines]
    if of := dict.fromkeys(QUANTITIES[panel].as_many_as for panel in figure.panels if QUANTITIES[panel].level):
        entries.append(Line2D([], [], label=f"as many as {' or '.join(of)}", **AS_MANY))
    if any(unconverged(models, figure.x) for models, _ in shown):
        entries.append(converged.handle())
    return entries


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
    """One batch in blue; of several a legend that says how they differ, dashed from zero mean bias among others.

    Batches that differ in where their biases start alone have one colour, as K0 and K1 in figure 17.
    """
    batches = dict(iter(models.groupby("batch", sort=False)))
    if len(batches) == 1:
        return {name: {"color": BLUE} for name in batches}
    zero = {name: bool((batch["bias_offset"] == 0).all()) for name, batch in batches.items()}
    some_start_elsewhere = len(set(zero.values())) > 1
    words = differences(batches)
    kinds = words if len({(words[name], zero[name]) for name in batches}) == len(batches) else {n: n for n in batches}
    colours = dict(zip(dict.fromkeys(kinds.values()), cycle(CATEGORIES), strict=False))
    looks = {}
    for name in batches:
        start = ["zero start" if zero[name] else "negative start"] if some_start_elsewhere else []
        said = ", ".join([*start, *words[name]])
        looks[name] = {
            "color": colours[kinds[name]],
            "linestyle": "--" if some_start_elsewhere and zero[name] else "-",
            "label": f"{name}: {said}" if said else name,
        }
    return looks


def differences(batches: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, ...]]:
    """What each batch's model is in words where batches have different ones: ('density 0.25',)."""
    values = {field: [tuple(batch[field].unique()) for batch in batches.values()] for field in OF_A_MODEL}
    apart = [field for field, each in values.items() if len(set(each)) > 1 and max(map(len, each)) == 1]
    return {
        name: tuple(wording.sentence(field, batch[field].unique().tolist()) for field in apart)
        for name, batch in batches.items()
    }


def plot_curves(axes: Axes, shown: Sequence[Curve], x: Spacing, column: str) -> Axes:
    """The mean over seeds, hollow where few have converged, and each as a dash; no lines between names."""
    for models, look in shown:
        placed = models.assign(place=models[x.field].map(x.place))
        curve = curves.over_seeds(placed, "place", column)
        style = {"marker": MARKERS[0], "clip_on": False} | look | ({"linestyle": "none"} if x.categorical else {})
        axes.plot(curve.index, curve, **style)
        if hollow := [x.place(value) for value in unconverged(models, x.field)]:
            axes.plot(hollow, curve.reindex(hollow), **style | converged.HOLLOW | {"label": ""})
        if models["seed"].nunique() > 1:
            axes.plot(placed["place"], placed[column], color=look["color"], **A_SEED)
    return axes


def unconverged(models: pd.DataFrame, field: str) -> list[float | str]:
    """The values of a field whose runs, a seed each, have not converged for the most part."""
    return [value for value, runs in models.groupby(field) if not converged.most_converged(runs)]


def mark_printed(axes: Axes, marks: Sequence[PrintedBeside], shown: Sequence[Curve], x: Spacing) -> Axes:
    """What the paper prints of a panel: along it, up to a line or, of runs with one value of what is swept, there."""
    for each in marks:
        if x.field in each.of:
            axes.plot(x.place(each.of[x.field]), each.value, color=PALE, marker="o", markersize=8, zorder=0)
        else:
            share = share_left_of(axes, REFERENCES[each.left_of], shown, x) if each.left_of else 1.0
            printed.mark_across(axes, [each], each.panel, share)
    return axes


def share_left_of(axes: Axes, reference: Reference, shown: Sequence[Curve], x: Spacing) -> float:
    """The share of a panel that lies left of a reference, wherever it stands."""
    left, right = axes.get_xlim()
    leftmost, _ = min(places_of(reference, shown, x))
    return (leftmost - left) / (right - left)


def plot_comparison(axes: Axes, models: pd.DataFrame, column: str) -> Axes:
    """The comparison run as a horizontal line."""
    beside = models[models["comparison"]]
    if len(beside):
        axes.axhline(beside[column].mean(), color=RED, label=curves.difference(models))
    return axes


def plot_lines(axes: Axes, lines: Sequence[Line], shown: Sequence[Curve], x: Spacing) -> Axes:
    """Upright lines and those across."""
    for line in lines:
        if line in LEVELS:
            plot_level(axes, LEVELS[line], shown, x)
        else:
            plot_reference(axes, REFERENCES[line], shown, x)
    return axes


def plot_reference(axes: Axes, reference: Reference, shown: Sequence[Curve], x: Spacing) -> Axes:
    """A vertical line wherever the reference stands for one of the curves, behind their marks."""
    for place, color in sorted(places_of(reference, shown, x)):
        axes.axvline(place, color=color, linestyle=reference.linestyle, linewidth=0.8, zorder=1)
    return axes


def places_of(reference: Reference, shown: Sequence[Curve], x: Spacing) -> set[tuple[float, str]]:
    """Where a reference stands for some curves, and in which colour."""
    return {
        (x.place(value), reference.color or look["color"])
        for models, look in shown
        for value in np.unique(reference.at(models)).tolist()
    }


def plot_level(axes: Axes, level: Reference, shown: Sequence[Curve], x: Spacing) -> Axes:
    """A line across, through where the level stands for models like those of each curve: bent on a logarithmic axis."""
    values = x.values if x.categorical else np.linspace(x.values[0], x.values[-1], POINTS_OF_A_LEVEL).tolist()
    for models, _ in shown:
        alike = models.iloc[[0] * len(values)].assign(**{x.field: values})
        places = [x.place(value) for value in values]
        axes.plot(places, level.at(alike), color=level.color, linestyle=level.linestyle, linewidth=0.8, zorder=1)
    return axes


def mark_level(axes: Axes, quantity: Quantity, models: pd.DataFrame) -> Axes:
    """From 0 on, and where the quantity has a level, up to it and with a line there."""
    level = quantity.level(models) if quantity.level else 0
    if level:
        axes.axhline(level, **AS_MANY)
    axes.set_ylim(0, max(1.05 * level, axes.get_ylim()[1]))
    return axes
