"""The curves of one panel of a drawn figure, in axes of one's own."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


def panels(drawn: Figure) -> dict[str, Axes]:
    """The panels that show curves alone, by what their y-axis says; the second that says it is 'loss (2)'.

    Heat maps, bars and points that are coloured by a number are no curves.
    """
    found: dict[str, Axes] = {}
    for axes in drawn.axes:
        if axes.lines and not (axes.images or axes.collections):
            label = name = " ".join(_said(axes, "y").split())
            count = 1
            while name in found:
                count += 1
                name = f"{label} ({count})"
            found[name] = axes
    return found


def redraw(panel: Axes, axes: Axes) -> Axes:
    """Draw the curves of a panel into other axes, with its labels, limits and ticks; colour bars and legend stay."""
    frames = [
        (getattr(panel, name)(), getattr(axes, name)()) for name in ("get_xaxis_transform", "get_yaxis_transform")
    ]
    for line in panel.lines:
        copy = Line2D(*line.get_data())
        copy.update_from(line)
        copy.set(clip_box=None, clip_path=None, zorder=line.get_zorder())
        copy.set_transform(next((to for of, to in frames if line.get_transform() == of), axes.transData))
        axes.add_line(copy)
    axes.set(xlabel=_said(panel, "x"), ylabel=_said(panel, "y"), xlim=panel.get_xlim(), ylim=panel.get_ylim())
    for axis, of in ((axes.xaxis, panel.xaxis), (axes.yaxis, panel.yaxis)):
        axis.set_major_locator(of.get_major_locator())
        axis.set_major_formatter(of.get_major_formatter())
    return axes


def _said(axes: Axes, which: str) -> str:
    """The label of an axis, which of several panels that share it one has."""
    shared = getattr(axes, f"get_shared_{which}_axes")().get_siblings(axes)
    labels = [getattr(each, f"get_{which}label")() for each in (axes, *shared)]
    return next(filter(None, labels), "")
