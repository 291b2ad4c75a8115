"""A figure by its name: drawn by its kind, and written with its caption."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import matplotlib.figure
import matplotlib.style

from monosemanticity.atomic import written_whole
from monosemanticity.captions import caption
from monosemanticity.figures import bias, cdf, heat, matrix, response, scatter, style, sweep, trace
from monosemanticity.figures.catalogue import Figure
from monosemanticity.figures.results import Results
from monosemanticity.layout import Layout
from monosemanticity.plan import Plan

DPI = 160
UNDATED = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
"""A file says nothing of when it was made, so that equal results give equal bytes."""

KINDS: dict[str, Callable[[Figure, Results], matplotlib.figure.Figure]] = {
    "trace": trace.draw,
    "sweep": sweep.draw,
    "scatter": scatter.draw,
    "bias": bias.draw,
    "heat": heat.draw,
    "cdf": cdf.draw,
    "response": response.draw,
    "matrix": matrix.draw,
}


def draw(name: str, plan: Plan, layout: Layout) -> None:
    """Draw a figure of the plan from the runs that lie in the layout; write every form of its kind."""
    figure = plan.figures()[name]
    drawn = picture(figure, Results(plan, layout))
    for suffix in figure.suffixes:
        with written_whole(layout.figure(name, suffix)) as aside:
            if suffix == "md":
                aside.write_text(caption(name, figure, plan), encoding="utf-8")
            else:
                with _common_look():
                    drawn.savefig(aside, format=suffix, dpi=DPI, metadata=UNDATED[suffix])


def picture(figure: Figure, results: Results) -> matplotlib.figure.Figure:
    """One figure in the common look."""
    with _common_look():
        return KINDS[figure.kind](figure, results)


def _common_look() -> AbstractContextManager[None]:
    """Ours over matplotlib's own defaults, so that a user's settings change nothing."""
    return matplotlib.style.context(["default", style.LOOK])
