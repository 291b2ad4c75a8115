"""Traces: loss, monosemantic neurons per feature and mean bias against log2 of the training step."""

from collections.abc import Callable, Iterable, Sequence
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
from monosemanticity.figures import converged, printed, wording
from monosemanticity.figures.colour import BLUES, PURPLES, REDS, SEQUENTIAL, Colours
from monosemanticity.figures.curves import BESIDE_RED, Looks, over_seeds, plot_curve
from monosemanticity.figures.results import Results
from monosemanticity.figures.spacing import Spacing, spread
from monosemanticity.figures.style import DOUBLE, GREY, PER_FEATURE_LABEL, SINGLE, STEPS_LABEL, legend_above
from monosemanticity.measures.neurons import POSITIVE_BIAS
from monosemanticity.tables import loss_fall
from monosemanticity.training.schedule import PERIOD

POINTS_AN_OCTAVE = 48
PLATEAU = (0.99, 1.12)
"""The zoom in units of the least loss: the paper shows 0.85 to 0.95 of losses that end at 0.85 to 0.9."""
NEAR = 1.5
"""Up to which a loss at an end widens the zoom, in the same units."""
HEADROOM = 1.1
"""Where the loss axis ends, in units of the largest loss at a run's start or end."""
AROUND = 0.5
"""How far the axis of differences goes beyond those at the ends of runs, in units of their range."""


def whole(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """From 0 to the losses at the starts and ends: spikes of a run that all but diverges would flatten all others."""
    at_ends = (rows["step"] == 1) | (rows["step"] == rows["steps"])
    return 0, HEADROOM * rows.loc[at_ends, column].max()


def plateau(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """Near the least loss, with the losses at the ends that are not far above it."""
    least = rows[column].min()
    at_end = rows.loc[rows["step"] == rows["steps"], column]
    return PLATEAU[0] * least, np.fmax(PLATEAU[1] * least, at_end[at_end <= NEAR * least].max() / PLATEAU[0])


def around_zero(rows: pd.DataFrame, column: str) -> tuple[float, float]:
    """Around zero and the differences at the end, of converged runs where there are such."""
    at_end = rows[rows["step"] == rows["steps"]]
    settled = at_end[at_end["converged"]] if at_end["converged"].any() else at_end
    least, most = min(settled[column].min(), 0), max(settled[column].max(), 0)
    beyond = AROUND * (most - least)
    return (least - beyond, most + beyond) if beyond > 0 else (-1, 1)


class Quantity(NamedTuple):
    """What a panel shows: a column of a followed trace, and its label."""

    column: str
    label: str
    limits: Callable[[pd.DataFrame, str], tuple[float, float]] | None = None
    """Of its axis, where not everything is shown."""
    level: float | None = None
    """Marked by a dotted line."""
    dot: tuple[str, str] | None = None
    """Columns with the place and the value at which each run has a dot."""


QUANTITIES: dict[Panel, Quantity] = {
    "loss": Quantity("loss", "loss", whole),
    "loss_zoom": Quantity("period_loss", "mean loss\n(zoom)", plateau),
    "min_loss": Quantity("min_loss", "min. loss"),
    "loss_difference": Quantity("period_loss", "Δ mean loss", around_zero, level=0),
    "mono_per_feature": Quantity("per_feature", PER_FEATURE_LABEL.replace(" /", " /\n"), level=1),
    "mean_bias": Quantity("mean_bias", "mean bias"),
    "mean_bias_at_fall": Quantity("mean_bias", "mean bias", dot=("fall_log2_step", "fall_bias")),
    "positive_bias_neurons": Quantity("positive_bias_neurons", f"# neurons with\nb > {POSITIVE_BIAS:g}"),
}

DECAY_END = {"color": GREY, "linestyle": (0, (6, 2)), "linewidth": 0.6}
LEVEL = {"color": "black", "linestyle": ":", "linewidth": 0.8}

RING = converged.HOLLOW | {"label": converged.UNCONVERGED, "marker": "o", "markersize": 3.5, "zorder": 3}
DEAD = {"label": "no neuron responds", "marker": "x", "linestyle": "none", "markersize": 4, "zorder": 3}
FALLEN = {"label": "loss half fallen", "marker": "o", "linestyle": "none", "markersize": 3.5, "zorder": 3}
CUT = {
    "label": "cut off",
    "marker": "^",
    "linestyle": "none",
    "markersize": 3.5,
    "markeredgewidth": 0,
    "clip_on": False,
}
MARKS = (RING, DEAD, FALLEN, CUT)
"""Of single points, which the legend explains where they are."""
CUTS_AN_OCTAVE = 2
"""At most so many marks of a curve that leaves its panel again and again."""
CUTS_APART = 0.025
"""Between the marks of curves that end above their panel, in widths of it."""

LABELS_APART = 0.14
"""In heights of a panel."""
LABELS_AT = 1.03
"""In widths of a panel."""


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
    families = (REDS, BLUES) if paired else (BESIDE_RED,) if beside.any() else (SEQUENTIAL,)

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
        limit_row(row, panel, columns)
        row[0].set_ylabel(label(panel, everything))
    grid[0, 0].xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    drawn.align_ylabels(grid[:, 0])
    if "loss_difference" in figure.panels:
        label_ends(grid[figure.panels.index("loss_difference"), -1], difference(*columns[-1]), "period_loss")
    handles = explain_colours(drawn, grid, columns[0])
    handles += [handle for *_, last in columns for handle in last.looks.handles(last.rows)]
    handles += [*explained(everything, figure.panels), *marks(grid.flat), *printed.handles(figure.paper)]
    legend_above(drawn, list({handle.get_label(): handle for handle in handles}.values()))
    return drawn


def label(panel: Panel, rows: pd.DataFrame) -> str:
    """Of a panel's axis: where there are L1 penalties, that the loss is without them."""
    said = QUANTITIES[panel].label
    return said.replace("loss", "task loss") if rows["l1"].any() else said


def limit_row(row: np.ndarray, panel: Panel, columns: Sequence[Sequence[Curves]]) -> None:
    """One axis for a quantity in all columns, and marks of what it cuts off."""
    column, limits = QUANTITIES[panel].column, QUANTITIES[panel].limits
    if limits is None:
        return
    row[0].set_ylim(limits(pd.concat([part.rows for shown in columns for part in parts(panel, shown)]), column))
    for axes in row:
        if limits is plateau:
            mark_ends_above(axes)
        else:
            mark_cut(axes)


def explained(rows: pd.DataFrame, panels: Sequence[Panel]) -> list[Artist]:
    """Legend entries for the lines across panels, where there are such."""
    entries = []
    if (decaying := rows["decay"] > 0).any():
        entries.append(Line2D([], [], label=f"bias decay ends{whose(rows, decaying)}", **DECAY_END))
    if "mono_per_feature" in panels:
        entries.append(Line2D([], [], label="one mono neuron a feature", **LEVEL))
    return entries


def marks(panels: Iterable[Axes]) -> list[Artist]:
    """Legend entries for the marks of single points that there are in panels."""
    seen = {line.get_label() for axes in panels for line in axes.lines}
    return [Line2D([], [], color="black", **mark) for mark in MARKS if mark["label"] in seen]


def whose(rows: pd.DataFrame, chosen: pd.Series) -> str:
    """' (K1)' where only the runs of some batches are chosen, ' (red)' where only the comparison runs are."""
    batches = rows.loc[chosen, "batch"].unique()
    if len(batches) < rows["batch"].nunique():
        return f" ({', '.join(batches)})"
    return " (red)" if rows.loc[chosen, "comparison"].all() else ""


def followed(results: Results, batch: str) -> pd.DataFrame:
    """The trace of every run of a batch with the measures of its kept models, and what is said of the whole run."""
    models, traces, measures = results.models(batch), results.traces(batch), results.measures(batch)
    ends = models[["run", "comparison", "converged"]].assign(dead=models["dead_neurons"] == models["k"])
    rows = follow(over_periods(traces), measures)
    return rows.merge(ends, on=["run", "comparison"]).merge(falls(traces, measures), on="run")


def falls(traces: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """A row a run: log2 of the step at which its loss has half fallen, and its mean bias there."""
    measured = dict(iter(measures.groupby("run")))
    rows = [(run, *loss_fall.of_run(trace, measured[run])) for run, trace in traces.groupby("run")]
    found = pd.DataFrame(rows, columns=["run", "fall_log2_step", "fall_bias"])
    return found.assign(fall_log2_step=np.log2(found["fall_log2_step"]))


def over_periods(trace: pd.DataFrame) -> pd.DataFrame:
    """A trace with the mean loss over the period before each step, in which the learning rate swings once."""
    runs = ["run", "comparison"]
    gap = trace.groupby(runs)["step"].diff().fillna(trace["step"])  # a record stands for the steps since the last one
    weighed = trace[runs].assign(loss=gap * trace["loss"], gap=gap).set_index(pd.to_timedelta(trace["step"], unit="s"))
    sums = weighed.groupby(runs, sort=False)[["loss", "gap"]].rolling(f"{PERIOD}s").sum()
    return trace.assign(period_loss=(sums["loss"] / sums["gap"]).to_numpy())


def explain_colours(drawn: Figure, grid: np.ndarray, shown: Sequence[Curves]) -> list[Artist]:
    """Legend entries or a colour bar for some curves; for those of two batches a bar each, values at the outer one."""
    *others, last = shown
    if not others:
        return last.looks.colours.explain(drawn, beside=[*grid.flat])
    last.looks.colours.draw_bar(drawn, beside=grid, title=last.name)
    for part in reversed(others):
        part.looks.colours.draw_bar(drawn, beside=grid, title=part.name, labelled=False)
    return []


def follow(trace: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """A trace joined with the measures of kept models, its loss at as many steps as can be told apart."""
    log2_step = np.log2(trace["step"])
    trace = trace.assign(log2_step=log2_step, place=np.floor(POINTS_AN_OCTAVE * log2_step))
    together = trace.merge(measures, on=list(trace.columns.intersection(measures.columns)), how="left")
    first_at_its_place = ~together.duplicated(["run", "comparison", "place"])
    return together[first_at_its_place | together["mean_bias"].notna()].drop(columns="place")


def difference(first: Curves, second: Curves) -> Curves:
    """Mean loss over a period of the second batch minus the first, at equal settings, seeds and steps."""
    place = list(dict.fromkeys([*first.swept, *second.swept, "seed", "step"]))
    both = second.rows.merge(
        first.rows[[*place, "period_loss", "converged", "dead"]], on=place, suffixes=("", "_first")
    )
    rows = both.assign(
        period_loss=both["period_loss"] - both["period_loss_first"],
        converged=both["converged"] & both["converged_first"],
        dead=both["dead"] | both["dead_first"],
    )
    purple = Colours(second.looks.colours.spacing, PURPLES)
    return Curves("Δ", rows, second.swept, second.looks._replace(colours=purple))


def parts(panel: Panel, shown: Sequence[Curves]) -> Sequence[Curves]:
    """What a panel shows of some batches: their curves, or those of the difference of two."""
    return [difference(*shown)] if panel == "loss_difference" else shown


def plot_panel(axes: Axes, panel: Panel, shown: Sequence[Curves]) -> Axes:
    """One quantity against log2 of the training step, with what is marked of runs and of their ends."""
    column, _, _, level, dot = QUANTITIES[panel]
    for part in parts(panel, shown):
        for curve, look in part.looks.curves(part.rows):
            plot_curve(axes, curve, "log2_step", column, **look)
            mark_end(axes, curve, column, look["color"])
            if dot and len(fallen := curve.drop_duplicates("run")[[*dot]].dropna()):
                axes.plot(*fallen.to_numpy().T, color=look["color"], **FALLEN)
        decaying = part.rows["decay"] > 0
        for end in np.log2(part.rows.loc[decaying, "steps"].unique() / 2):  # biases decay in the first half (4.1.2)
            axes.axvline(end, **DECAY_END)
    if level is not None:
        axes.axhline(level, **LEVEL)
    return axes


def mark_end(axes: Axes, curve: pd.DataFrame, column: str, color: str) -> Axes:
    """A cross at the end of a curve of which most runs are dead, else a ring where most have not converged."""
    dead = curve.drop_duplicates("run")["dead"].mean() > 1 / 2
    if dead or not converged.most_converged(curve):
        value, x = end_of(curve, column)
        axes.plot([x], [value], color=color, **DEAD if dead else RING)
    return axes


def curves_of(axes: Axes) -> list[Line2D]:
    """The lines of a panel that are neither marks nor lines across."""
    return [line for line in axes.lines if line.get_transform() == axes.transData and line.get_linestyle() != "None"]


def mark_ends_above(axes: Axes) -> Axes:
    """Triangles side by side at the upper right of a panel for the colours of curves that end above it."""
    top = axes.get_ylim()[1]
    above = dict.fromkeys(line.get_color() for line in curves_of(axes) if line.get_ydata()[-1] > top)
    for place, color in enumerate(above):
        axes.plot(1 - CUTS_APART * place, 1, color=color, transform=axes.transAxes, **CUT)
    return axes


def mark_cut(axes: Axes) -> Axes:
    """Triangles at the edge of a panel where curves leave it."""
    curves = curves_of(axes)
    for edge, sign, marker in zip(axes.get_ylim(), (-1, 1), ("v", "^"), strict=True):
        for line in curves:
            x, y = (np.asarray(values, dtype=float) for values in line.get_data())
            beyond = sign * (y - edge) > 0
            leaves = x[beyond & ~np.append(False, beyond[:-1])]
            if len(leaves):
                _, first = np.unique(np.floor(CUTS_AN_OCTAVE * leaves), return_index=True)
                look = CUT | {"color": line.get_color(), "marker": marker}
                axes.plot(leaves[first], np.full(len(first), edge), **look)
    return axes


def label_ends(axes: Axes, part: Curves, column: str) -> Axes:
    """Beside the panel what each curve ends at, behind what it is of, in order and apart, with lines to the ends."""
    field = part.looks.colours.spacing.field
    ends = sorted(
        (*end_of(curve, column), wording.text(field, curve[field].tolist()[0]), look["color"])
        for curve, look in part.looks.curves(part.rows)
    )
    low, high = axes.get_ylim()
    apart = min(LABELS_APART, 1 / max(len(ends) - 1, 1))
    places = spread([(value - low) / (high - low) for value, *_ in ends], apart)
    for place, (value, x, of, color) in zip(places, ends, strict=True):
        axes.annotate(
            f"{of}: {round(value, 3) + 0.0:+.3f}".replace("-", "\N{MINUS SIGN}"),
            (x, min(max(value, low), high)),
            (LABELS_AT, place),
            textcoords="axes fraction",
            va="center",
            fontsize=7,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.6, "relpos": (0, 0.5), "shrinkA": 0},
        )
    return axes


def end_of(curve: pd.DataFrame, column: str) -> tuple[float, float]:
    """The last value of a curve, and where it lies."""
    mean = over_seeds(curve, "log2_step", column)
    return mean.iloc[-1], mean.index[-1]
