"""Traces: loss, monosemantic neurons per feature and mean bias against log2 of the training step."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from monosemanticity.experiment.figures import Panel, Trace
from monosemanticity.figures import printed, wording
from monosemanticity.figures.colour import BESIDE, BLUES, PURPLES, REDS, SEQUENTIAL, Colours
from monosemanticity.figures.curves import Looks, over_seeds, plot_curve
from monosemanticity.figures.results import Results
from monosemanticity.figures.spacing import Spacing, spread
from monosemanticity.figures.style import DOUBLE, GREY, PER_FEATURE_LABEL, SINGLE, STEPS_LABEL, legend_above
from monosemanticity.measures.neurons import POSITIVE_BIAS
from monosemanticity.training.schedule import PERIOD

POINTS_AN_OCTAVE = 48
PLATEAU = (0.99, 1.12)
"""The zoom in units of the least loss: the paper shows 0.85 to 0.95 of losses that end at 0.85 to 0.9."""
HEADROOM = 1.1
"""Where the loss axis ends, in units of the largest loss at a run's start or end."""
AROUND = 2.0
"""Where the axis of differences ends, in units of the largest at the end of a run."""


def whole(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """From 0 to the losses at the starts and ends: spikes of a run that all but diverges would flatten all others."""
    at_ends = (rows["step"] == 1) | (rows["step"] == rows["steps"])
    return 0, HEADROOM * rows.loc[at_ends, column].max()


def plateau(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """Near the least loss."""
    least = rows[column].min()
    return PLATEAU[0] * least, PLATEAU[1] * least


def around_zero(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """As far as the differences at the end, of converged runs where there are such."""
    at_end = rows[rows["step"] == rows["steps"]]
    settled = at_end[at_end["converged"]] if at_end["converged"].any() else at_end
    furthest = AROUND * settled[column].abs().max()
    return (-furthest, furthest) if furthest > 0 else (-1, 1)


class Quantity(NamedTuple):
    """What a panel shows: a column of a followed trace, and its label."""

    column: str
    label: str
    limits: Callable[[pd.DataFrame, str], tuple[float, float]] | None = None
    """Of its axis, where not everything is shown."""
    level: float | None = None
    """Marked by a dotted line."""


QUANTITIES: dict[Panel, Quantity] = {
    "loss": Quantity("loss", "loss", whole),
    "loss_zoom": Quantity("period_loss", f"loss over {PERIOD}\nsteps (zoom)", plateau),
    "min_loss": Quantity("min_loss", "min. loss"),
    "min_loss_zoom": Quantity("min_loss", "min. loss\n(zoom)", plateau),
    "min_loss_difference": Quantity("min_loss", "Δ min. loss", around_zero, level=0),
    "mono_per_feature": Quantity("per_feature", PER_FEATURE_LABEL.replace(" /", " /\n"), level=1),
    "mean_bias": Quantity("mean_bias", "mean bias"),
    "positive_bias_neurons": Quantity("positive_bias_neurons", f"# neurons with\nb > {POSITIVE_BIAS:g}"),
}

UNCONVERGED = {"marker": "o", "linestyle": "none", "markerfacecolor": "white", "markersize": 3.5, "zorder": 3}
DECAY_END = {"color": GREY, "linestyle": (0, (1, 2)), "linewidth": 0.8}
LEVEL = {"color": "black", "linestyle": ":", "linewidth": 0.8}
UP_AND_DOWN = ("v", "^")
CUT = {"linestyle": "none", "markersize": 3.5, "markeredgewidth": 0, "clip_on": False}
CUTS_AN_OCTAVE = 2
"""At most so many marks of a curve that leaves its panel again and again."""
LABELS_APART = 0.11
"""In heights of a panel."""
FOR_LABELS = 0.2
"""Between the panels and the colour bars, as BESIDE."""
DIFFERENCE = "Δ"


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
            printed.mark_across(plot_panel(axes, panel, shown), figure.paper, panel)
        column_axes[0].set_title(column.title)
        column_axes[-1].set_xlabel(STEPS_LABEL)
    for panel, row in zip(figure.panels, grid, strict=True):
        column, label, limits, _ = QUANTITIES[panel]
        row[0].set_ylabel(label.replace("loss", "task loss") if everything["l1"].any() else label)
        if limits:
            row[0].set_ylim(limits(pd.concat([part.rows for shown in columns for part in parts(panel, shown)]), column))
        if limits and limits is not plateau:
            for axes in row:
                mark_cut(axes)
    grid[0, 0].xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    drawn.align_ylabels(grid[:, 0])
    compared = [difference(*columns[0])] if "min_loss_difference" in figure.panels else []
    for part in compared:
        label_ends(grid[figure.panels.index("min_loss_difference"), -1], part, "min_loss")
    draw_bars(drawn, grid, [*columns[0], *compared])
    handles = [handle for *_, last in columns for handle in last.looks.handles(last.rows)]
    handles += [*explained(everything, figure.panels), *printed.handles(figure.paper)]
    if any(line.get_marker() in UP_AND_DOWN for axes in grid.flat for line in axes.lines):
        handles.append(Line2D([], [], color="black", label="cut off", **CUT, marker="^"))
    legend_above(drawn, list({handle.get_label(): handle for handle in handles}.values()))
    return drawn


def explained(rows: pd.DataFrame, panels: Sequence[Panel]) -> list[Artist]:
    """Legend entries for what is marked in panels beside the curves, where it is."""
    entries = []
    if not rows["converged"].all():
        entries.append(Line2D([], [], color="black", label="loss not converged", **UNCONVERGED))
    if (decaying := rows["decay"] > 0).any():
        entries.append(Line2D([], [], label=f"bias decay ends{whose(rows, decaying)}", **DECAY_END))
    if "mono_per_feature" in panels:
        entries.append(Line2D([], [], label="one mono neuron a feature", **LEVEL))
    return entries


def whose(rows: pd.DataFrame, chosen: pd.Series) -> str:
    """' (K1)' where only the runs of some batches are chosen, ' (red)' where only the comparison runs are."""
    batches = rows.loc[chosen, "batch"].unique()
    if len(batches) < rows["batch"].nunique():
        return f" ({', '.join(batches)})"
    return " (red)" if rows.loc[chosen, "comparison"].all() else ""


def followed(results: Results, batch: str) -> pd.DataFrame:
    """The trace of every run of a batch with the measures of its kept models, and whether its loss has converged."""
    converged = results.models(batch)[["run", "comparison", "converged"]]
    traces = over_periods(results.traces(batch))
    return follow(traces, results.measures(batch)).merge(converged, on=["run", "comparison"])


def over_periods(trace: pd.DataFrame) -> pd.DataFrame:
    """A trace with the mean loss over the period before each step, in which the learning rate swings once."""
    by_step = trace.set_index(pd.to_timedelta(trace["step"], unit="s"))
    period_loss = by_step.groupby(["run", "comparison"], sort=False)["loss"].rolling(f"{PERIOD}s").mean()
    return trace.assign(period_loss=period_loss.to_numpy())


def draw_bars(drawn: Figure, grid: np.ndarray, shown: Sequence[Curves]) -> None:
    """A colour bar for each of some curves, values at the outermost."""
    *others, last = shown
    last.looks.colours.draw_bar(drawn, beside=grid, title=last.name if others else "")
    for part in reversed(others):
        room = FOR_LABELS if part is shown[0] and last.name == DIFFERENCE else BESIDE
        part.looks.colours.draw_bar(drawn, beside=grid, title=part.name, labelled=False, pad=room)


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
    both = second.rows.merge(first.rows[[*place, "min_loss", "converged"]], on=place, suffixes=("", "_first"))
    rows = both.assign(
        min_loss=both["min_loss"] - both["min_loss_first"], converged=both["converged"] & both["converged_first"]
    )
    purple = Colours(second.looks.colours.spacing, PURPLES)
    return Curves(DIFFERENCE, rows, second.swept, second.looks._replace(colours=purple))


def parts(panel: Panel, shown: Sequence[Curves]) -> Sequence[Curves]:
    """What a panel shows of some batches: their curves, or those of the difference of two."""
    return [difference(*shown)] if panel == "min_loss_difference" else shown


def plot_panel(axes: Axes, panel: Panel, shown: Sequence[Curves]) -> Axes:
    """One quantity against log2 of the training step, with a ring at the end of what has not converged."""
    column, _, _, level = QUANTITIES[panel]
    for part in parts(panel, shown):
        for curve, look in part.looks.curves(part.rows):
            plot_curve(axes, curve, "log2_step", column, **look)
            if not curve["converged"].all():
                end = over_seeds(curve, "log2_step", column).iloc[-1:]
                axes.plot(end.index, end, color=look["color"], **UNCONVERGED)
        decaying = part.rows["decay"] > 0
        for end in np.log2(part.rows.loc[decaying, "steps"].unique() / 2):  # biases decay in the first half (4.1.2)
            axes.axvline(end, **DECAY_END)
    if level is not None:
        axes.axhline(level, **LEVEL)
    return axes


def mark_cut(axes: Axes) -> Axes:
    """Triangles at the edge of a panel where curves leave it."""
    curves = [line for line in axes.lines if line.get_transform() == axes.transData and line.get_linestyle() != "None"]
    for edge, sign, marker in zip(axes.get_ylim(), (-1, 1), UP_AND_DOWN, strict=True):
        for line in curves:
            x, y = (np.asarray(values, dtype=float) for values in line.get_data())
            beyond = sign * (y - edge) > 0
            leaves = x[beyond & ~np.append(False, beyond[:-1])]
            if len(leaves):
                _, first = np.unique(np.floor(CUTS_AN_OCTAVE * leaves), return_index=True)
                axes.plot(leaves[first], np.full(len(first), edge), color=line.get_color(), marker=marker, **CUT)
    return axes


def label_ends(axes: Axes, part: Curves, column: str) -> Axes:
    """Beside the panel what each curve ends at, behind what it is of, in order and apart."""
    field = part.looks.colours.spacing.field
    ends = sorted(
        (over_seeds(curve, "log2_step", column).iloc[-1], wording.text(field, curve[field].tolist()[0]), look["color"])
        for curve, look in part.looks.curves(part.rows)
    )
    low, high = axes.get_ylim()
    places = spread([(value - low) / (high - low) for value, *_ in ends], LABELS_APART)
    for place, (value, of, color) in zip(places, ends, strict=True):
        said = f"{of}: {round(value, 3) + 0.0:+.3f}".replace("-", "\N{MINUS SIGN}")
        label = axes.annotate(said, (1.02, place), xycoords="axes fraction", va="center", fontsize=6, color=color)
        label.set_in_layout(False)  # the colour bars leave the room, and would else lie over it
    return axes
