"""A figure by its name: drawn by its kind, and written with its caption."""

import json
from contextlib import AbstractContextManager
from importlib import import_module

import matplotlib.figure
import matplotlib.style

from monosemanticity.atomic import written_whole
from monosemanticity.captions import caption
from monosemanticity.figures import style
from monosemanticity.figures.catalogue import Figure
from monosemanticity.figures.origin import of_figure
from monosemanticity.figures.results import Results
from monosemanticity.layout import Layout
from monosemanticity.plan import Plan
from monosemanticity.stamp import Stamp

DPI = 160


def draw(name: str, plan: Plan, layout: Layout) -> None:
    """Draw a figure of the plan from the runs that lie in the layout; write every form of its kind."""
    figure = plan.figures()[name]
    drawn = picture(figure, Results(plan, layout))
    metadata = _metadata(figure, of_figure(name, plan))
    for suffix in figure.suffixes:
        with written_whole(layout.figure(name, suffix)) as aside:
            if suffix == "md":
                aside.write_text(caption(name, figure, plan), encoding="utf-8")
            else:
                with _common_look():
                    drawn.savefig(aside, format=suffix, dpi=DPI, metadata=metadata[suffix])


def picture(figure: Figure, results: Results) -> matplotlib.figure.Figure:
    """One figure in the common look, by the module of its kind: no figure depends on the code of another kind."""
    kind = import_module(f"{__package__}.{figure.kind}")
    with _common_look():
        return kind.draw(figure, results)


def _common_look() -> AbstractContextManager[None]:
    """Ours over matplotlib's own defaults, so that a user's settings change nothing."""
    return matplotlib.style.context(["default", style.LOOK])


def _metadata(figure: Figure, of: Stamp) -> dict[str, dict]:
    """What each form of a picture says of itself; not when it was made, so that equal results give equal bytes."""
    content = json.dumps(of.content())
    return {
        "pdf": {"Title": figure.title, "Keywords": content, "CreationDate": None},
        "svg": {"Title": figure.title, "Keywords": content, "Date": None},
        "png": {"Title": figure.title} | of.metadata(),
    }
