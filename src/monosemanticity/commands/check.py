"""Reading results whole, to find what is damaged."""

import argparse

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, PLACED, Commands
from monosemanticity.errors import ResultError
from monosemanticity.results import whole_files


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(check, "--scale preview", CONFIGURED, PLACED)
    parser.add_argument("--remove", action="store_true", help="remove the damaged ones, so that they are made again")


def check(arguments: argparse.Namespace) -> None:
    """Read every result of a scale whole, and list what is damaged, which the workflow may not see at a look."""
    from monosemanticity.workflow.checking import damaged, refuse_beside_a_workflow
    from monosemanticity.workflow.jobs import Jobs

    plan, results = context.plan(arguments)
    if arguments.remove:
        refuse_beside_a_workflow(arguments.results.parent)
    jobs = Jobs(plan, results)
    found = dict(damaged(jobs, plan))
    for name, problem in found.items():
        print(f"{name}: {problem}")
        if arguments.remove:
            whole_files.remove(jobs.jobs[name].head)
    there = sum(jobs.verdict(name).state in ("done", "damaged") for name in jobs.jobs)
    if found and not arguments.remove:
        again = context.making_again(arguments)
        raise ResultError(f"{len(found)} of {there} results are damaged" + f"; make them again: {again}" * bool(again))
    print(f"{len(found)} of {there} results are damaged" + ", and made again by the next snakemake" * bool(found))
