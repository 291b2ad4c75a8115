"""A figure of a companion study by its name: drawn, and written with its caption."""

from collections.abc import Callable

import matplotlib.figure

from monosemanticity.companions.catalogue import Planned
from monosemanticity.companions.incidental.figures import (
    bases,
    co_occurrence,
    counts,
    course,
    noise,
    repair,
    sparsification,
    winners,
)
from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.figures import basic, motifs, regimes, sparsity
from monosemanticity.figures.draw import common_look, write
from monosemanticity.identity import stages
from monosemanticity.results.paths import Paths

DRAW: dict[str, Callable[[Results], matplotlib.figure.Figure]] = {
    "incidental1": sparsification.draw,
    "incidental2": counts.draw_counts,
    "incidental3": counts.draw_penalties,
    "incidental4": winners.draw,
    "incidental5": noise.draw,
    "incidental6": co_occurrence.draw,
    "incidental7": repair.draw,
    "incidental8": course.draw,
    "incidental9": counts.draw_necessary,
    "incidental10": bases.draw,
    "superposition1": regimes.draw,
    "superposition2": basic.draw,
    "superposition3": sparsity.draw,
    "superposition4": motifs.draw,
}


def draw(planned: Planned, paths: Paths) -> None:
    """Draw a figure from the experiments that lie at the paths, and write every form of it, the PNG last."""
    results = Results({each.name: each for each in planned.experiments}, paths)
    drawn = picture(planned, results)
    of = stages.of_companion_figure(planned.name, planned.caption, planned.experiments)
    files = [paths.figure(planned.name, suffix) for suffix in planned.suffixes]
    write(drawn, files, planned.title, planned.caption, of, {})


def picture(planned: Planned, results: Results) -> matplotlib.figure.Figure:
    """One figure in the common look."""
    with common_look():
        return DRAW[planned.name](results)
