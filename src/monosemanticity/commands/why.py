"""Explaining what is outdated, or what an edit would cost."""

import argparse
import itertools

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, PLACED, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(why, "fig07 --scale preview", CONFIGURED, PLACED)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="figures, batches, tables, claims; all where none is given"
    )
    parser.add_argument(
        "--change",
        metavar="FILE|REVISION",
        help="cost of the code's changes since a git revision, or of a file's since its last commit",
    )


def why(arguments: argparse.Namespace) -> None:
    """Explain which results are outdated and which definition of the code changed; or what an edit would rerun."""
    from monosemanticity.companions import catalogue
    from monosemanticity.workflow.explain import cost_of_change, explain
    from monosemanticity.workflow.jobs import REPORT, TABLES, Jobs, experiment_of
    from monosemanticity.workflow.pace import Pace

    plan, results = context.plan(arguments)
    jobs = Jobs(plan, results)
    known = {name: [name] for name in jobs.jobs if " " not in name}
    known |= {name: list(plan.figures_of(name)) for name in plan.batches}
    known |= {f"{each.study}_{each.name}": [experiment_of(each)] for each in plan.experiments}
    context.refuse_names(arguments.names, known, plan)
    asked = itertools.chain.from_iterable(known[name] for name in arguments.names)
    everything = [*plan.default_figures(), TABLES, *jobs.deciding, *catalogue.figures(plan), REPORT]
    names = list(asked) or everything
    if arguments.change:
        pace = Pace.of_this_machine(plan.runs, results)
        lines = cost_of_change(arguments.change, names, jobs, plan, pace)
    else:
        lines = explain(names, jobs, plan, results)
    for line in lines:
        print(line)
