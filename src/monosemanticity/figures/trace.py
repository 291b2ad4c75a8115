"""Traces: loss, monosemantic neurons per feature and mean bias against log2 of the training step."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from monosemanticity.experiment.figures import Panel, Trace
from monosemanticity.figures.colour import BLUES, PURPLES, REDS, SEQUENTIAL, Colours
from monosemanticity.figures.curves import Looks, plot_curve
from monosemanticity.figures.results import Results
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import DOUBLE, GREY, PER_FEATURE_LABEL, SINGLE, STEPS_LABEL, legend_above

POINTS_AN_OCTAVE = 48
PLATEAU = (0.99, 1.12)
"""The zoom in units of the least loss: the paper shows 0.85 to 0.95 of losses that end at 0.85 to 0.9."""
HEADROOM = 1.1
"""Where the loss axis ends, in units of the largest loss at a run's start or end."""


class Quantity(NamedTuple):
    """What a panel shows: a column of a followed trace, and its label."""

    column: str
    label: str
    level: float | None = None
    """Marked by a dotted line."""


QUANTITIES: dict[Panel, Quantity] = {
    "loss": Quantity("loss", "loss"),
    "min_loss": Quantity("min_loss", "min. loss"),
    "min_loss_zoom": Quantity("min_loss", "min. loss"),
    "min_loss_difference": Quantity("min_loss", "Δ min. loss", level=0),
    "mono_per_feature": Quantity("per_feature", PER_FEATURE_LABEL.replace(" /", " /\n"), level=1),
    "mean_bias": Quantity("mean_bias", "mean bias"),
}


UNCONVERGED = {"linestyle": (0, (4, 1.5)), "linewidth": 1.0}
DECAY_END = {"color": GREY, "linestyle": (0, (1, 2)), "linewidth": 0.8}


def _ends_of_decay(rows: pd.DataFrame) -> np.ndarray:
    """The steps after which biases no longer decay: half of all, where they do (section 4.1.2)."""
    return np.unique(rows.loc[rows["decay"] > 0, "steps"].to_numpy()) / 2


def _of_convergence(curve: pd.DataFrame, look: Mapping[str, Any]) -> Mapping[str, Any]:
    """Dashes, where a line is whole and not every seed's loss has converged."""
    return UNCONVERGED if look["linestyle"] == "-" and not curve["converged"].all() else {}


MARKS: tuple[tuple[Line2D, Callable[[pd.DataFrame], bool]], ...] = (
    (Line2D([], [], color="black", label="not converged", **UNCONVERGED), lambda rows: not rows["converged"].all()),
    (Line2D([], [], label="bias decay ends", **DECAY_END), lambda rows: len(_ends_of_decay(rows)) > 0),
)
"""Legend entries for what is marked in every panel, and where it is."""


class Curves(NamedTuple):
    """The curves of one batch, or of the difference of two."""

    name: str
    rows: pd.DataFrame
    swept: Sequence[str]
    looks: Looks


def draw(figure: Trace, results: Results) -> Figure:
    """A row a panel, a column a column of the catalogue; two batches in one column are red and blue."""
    swept = {batch: results.plan.batches[batch].swept for batch in figure.batches()}
    traces = {batch: followed(results, batch) for batch in figure.batches()}
    everything = pd.concat(traces.values())
    beside = everything["comparison"]
    spacing = Spacing.of(figure.colour, everything.loc[~beside, figure.colour])
    paired = any(len(column.batches) > 1 for column in figure.columns)
    families = (REDS, BLUES) if paired else (BLUES,) if beside.any() else (SEQUENTIAL,)

    swept_anywhere = list(dict.fromkeys(chain(*swept.values())))
    looks = [Looks.of(everything, swept_anywhere, Colours(spacing, family)) for family in families]
    columns = [
        [Curves(batch, traces[batch], swept[batch], look) for batch, look in zip(column.batches, looks, strict=True)]
        for column in figure.columns
    ]
    width = DOUBLE if paired or len(columns) > 1 else SINGLE
    drawn = Figure(figsize=(width, 0.7 + 1.2 * len(figure.panels)), layout="constrained")
    grid = drawn.subplots(len(figure.panels), len(columns), sharex=True, sharey="row", squeeze=False)
    for column, shown, column_axes in zip(figure.columns, columns, grid.T, strict=True):
        for panel, axes in zip(figure.panels, column_axes, strict=True):
            plot_panel(axes, panel, shown)
        column_axes[0].set_title(column.title)
        column_axes[-1].set_xlabel(STEPS_LABEL)
    for panel, axes in zip(figure.panels, grid[:, 0], strict=True):
        label = QUANTITIES[panel].label
        axes.set_ylabel(label.replace("loss", "task loss") if everything["l1"].any() else label)
        if panel == "loss":  # spikes of a run that all but diverges would flatten all others
            at_ends = everything["step"].isin([1, everything["steps"].max()])
            axes.set_ylim(0, HEADROOM * everything.loc[at_ends, "loss"].max())
        if panel == "min_loss_zoom":
            axes.set_ylim(np.multiply(PLATEAU, everything["min_loss"].min()))
    grid[0, 0].xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    drawn.align_ylabels(grid[:, 0])
    compared = [difference(*columns[0])] if "min_loss_difference" in figure.panels else []
    draw_bars(drawn, grid, [*columns[0], *compared])
    handles = [handle for *_, last in columns for handle in last.looks.handles(last.rows)]
    handles += [handle for handle, shown in MARKS if shown(everything)]
    legend_above(drawn, list({handle.get_label(): handle for handle in handles}.values()))
    return drawn


def followed(results: Results, batch: str) -> pd.DataFrame:
    """The trace of every run of a batch with the measures of its kept models, and whether its loss has converged."""
    converged = results.models(batch)[["run", "comparison", "converged"]]
    return follow(results.traces(batch), results.measures(batch)).merge(converged, on=["run", "comparison"])


def draw_bars(drawn: Figure, grid: np.ndarray, shown: Sequence[Curves]) -> None:
    """A colour bar for each of some curves, values at the outermost."""
    *others, last = shown
    last.looks.colours.draw_bar(drawn, beside=grid, title=last.name if others else "")
    for part in reversed(others):
        part.looks.colours.draw_bar(drawn, beside=grid, title=part.name, labelled=False)


def follow(trace: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """A trace joined with the measures of kept models, its loss at as many steps as can be told apart."""
    log2_step = np.log2(trace["step"])
    trace = trace.assign(log2_step=log2_step, place=np.floor(POINTS_AN_OCTAVE * log2_step))
    together = trace.merge(measures, on=list(trace.columns.intersection(measures.columns)), how="left")
    first_at_its_place = ~together.duplicated(["run", "comparison", "place"])
    return together[first_at_its_place | together["mean_bias"].notna()].drop(columns="place")


def difference(first: Curves, second: Curves) -> Curves:
    """Running minimum loss of the second batch minus the first, at equal settings, seeds and steps."""
    place = list(dict.fromkeys([*first.swept, *second.swept, "seed", "step"]))
    both = second.rows.merge(first.rows[[*place, "min_loss"]], on=place, suffixes=("", "_first"))
    rows = both.assign(min_loss=both["min_loss"] - both["min_loss_first"])
    purple = Colours(second.looks.colours.spacing, PURPLES)
    return Curves("Δ", rows, second.swept, second.looks._replace(colours=purple))


def plot_panel(axes: Axes, panel: Panel, shown: Sequence[Curves]) -> Axes:
    """One quantity of every batch, or of the difference of two, against log2 of the training step."""
    column, _, level = QUANTITIES[panel]
    for part in [difference(*shown)] if panel == "min_loss_difference" else shown:
        for curve, look in part.looks.curves(part.rows):
            plot_curve(axes, curve, "log2_step", column, **look | _of_convergence(curve, look))
        for end in np.log2(_ends_of_decay(part.rows)):
            axes.axvline(end, **DECAY_END)
    if level is not None:
        axes.axhline(level, color="black", linestyle=":", linewidth=0.8)
    return axes
