"""Drawing one figure, of the paper or of a companion study."""

import argparse
from typing import TYPE_CHECKING

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, PLACED, Commands
from monosemanticity.identity import stages

if TYPE_CHECKING:
    from monosemanticity.companions.catalogue import Planned
    from monosemanticity.results.paths import Paths


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(figure, "fig07 --scale preview", CONFIGURED, PLACED, IN_WORKFLOW)
    parser.add_argument("name", metavar="NAME", help="fig01 to fig26, or BATCH_trace, _bias, _heat or _sweep")


def figure(arguments: argparse.Namespace) -> None:
    """Draw one figure from what is there: the tables of its batches, or the checkpoints of its runs."""
    from monosemanticity.companions import catalogue
    from monosemanticity.figures.captions import caption
    from monosemanticity.figures.draw import draw

    plan, results = context.plan(arguments)
    if (companions := catalogue.figures(plan)).keys() & {arguments.name}:
        _companion_figure(arguments, companions[arguments.name], results)
        return
    figures = plan.figures()
    context.refuse_names([arguments.name], [*figures, *companions], plan)
    chosen = figures[arguments.name]
    context.refuse_other(arguments, lambda: stages.of_figure(chosen, caption(arguments.name, chosen, plan), plan))
    draw(arguments.name, plan, results)
    context.keep_definitions(arguments, stages.code_of_figure(chosen, plan), results.definitions)


def _companion_figure(arguments: argparse.Namespace, planned: "Planned", results: "Paths") -> None:
    from monosemanticity.companions.draw import draw

    context.refuse_other(
        arguments, lambda: stages.of_companion_figure(planned.name, planned.caption, planned.experiments)
    )
    draw(planned, results)
    context.keep_definitions(arguments, stages.code_of_companion_figure(planned.name), results.definitions)
