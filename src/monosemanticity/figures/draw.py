"""A figure by its name: drawn by its kind, and written with its caption."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib.figure
import matplotlib.style

from monosemanticity.experiment.figures import AnyFigure
from monosemanticity.experiment.plan import Plan
from monosemanticity.figures import bias, cdf, heat, matrix, poly_lines, response, scatter, shares, style, sweep, trace
from monosemanticity.figures.captions import caption
from monosemanticity.figures.results import Results
from monosemanticity.identity import stages
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import environment, run_record, whole_files
from monosemanticity.results.paths import Paths
from monosemanticity.results.whole_files import written_whole

DATES = {".pdf": "CreationDate", ".svg": "Date"}
"""By which a picture would say when it was made: it does not, so that equal results give equal bytes."""

KINDS: dict[str, Callable[..., matplotlib.figure.Figure]] = {
    "trace": trace.draw,
    "sweep": sweep.draw,
    "shares": shares.draw,
    "poly_lines": poly_lines.draw,
    "scatter": scatter.draw,
    "bias": bias.draw,
    "heat": heat.draw,
    "cdf": cdf.draw,
    "response": response.draw,
    "matrix": matrix.draw,
}


def draw(name: str, plan: Plan, paths: Paths) -> None:
    """Draw a figure of the plan from what lies at the paths; write every form of its kind, the PNG last."""
    figure = plan.figures()[name]
    drawn = picture(figure, Results(plan, paths))
    specs = {spec.run_id: spec for spec in plan.specs_of(figure)}
    runs = environment.of_runs(run_record.read_record(paths.run(run_id), spec) for run_id, spec in specs.items())
    said = caption(name, figure, plan)
    of = stages.of_figure(figure, said, plan)
    files = [paths.figure(name, suffix) for suffix in figure.suffixes]
    write(drawn, files, figure.title, said + _note(runs), of, {"runs": runs})


def write(
    drawn: matplotlib.figure.Figure, files: Iterable[Path], title: str, said: str, of: Stamp, made_by: Mapping[str, Any]
) -> None:
    """Write a figure to its files, by their suffixes; the last is the PNG, which says that the others are whole."""
    *others, png = files
    keywords = {"Title": title, "Keywords": json.dumps(of.content())}
    made_by = {"figure": environment.versions("matplotlib", "numpy", "pandas"), **made_by}
    for path in others:
        with written_whole(path) as aside:
            if path.suffix == ".md":
                aside.write_text(said, encoding="utf-8")
            else:
                save(drawn, aside, path.suffix[1:], keywords | {DATES[path.suffix]: None})
    with written_whole(png) as aside:
        save(drawn, aside, "png", {"Title": title} | of.metadata(whole_files.sizes(others, png), made_by))


def picture(figure: AnyFigure, results: Results) -> matplotlib.figure.Figure:
    """One figure in the common look."""
    with common_look():
        return KINDS[figure.kind](figure, results)


def save(drawn: matplotlib.figure.Figure, path: Path, suffix: str, metadata: Mapping[str, str | None]) -> None:
    """Write a picture in one form."""
    with common_look():
        drawn.savefig(path, format=suffix, dpi=style.DPI, metadata=metadata)


def common_look() -> AbstractContextManager[None]:
    """Ours over matplotlib's own defaults, so that a user's settings change nothing."""
    return matplotlib.style.context(["default", style.LOOK])


def _note(runs: environment.Counts) -> str:
    differences = environment.differences(runs)
    return f"\nIts runs were not all made with the same: {differences}.\n" if differences else ""
