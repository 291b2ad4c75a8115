"""Measuring one run of the paper."""

import argparse
from pathlib import Path

from monosemanticity.commands import context
from monosemanticity.commands.options import IN_WORKFLOW, Commands
from monosemanticity.identity import stages
from monosemanticity.results import inside, paths, run_record


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(measure, "my_run", IN_WORKFLOW)
    parser.add_argument("run", type=Path, metavar="DIR", help="where the run's files are")


def measure(arguments: argparse.Namespace) -> None:
    """Measure the models of a trained run and write the measures next to its files."""
    from monosemanticity.measures.measuring import measure_run

    if not arguments.planned:
        inside.check(arguments.run)
    spec = run_record.read_any(arguments.run).spec
    context.refuse_other(arguments, lambda: stages.of_measuring(spec))
    measure_run(spec, arguments.run)
    context.keep_definitions(arguments, stages.code_of_measuring(spec), arguments.run / paths.DEFINITIONS)
