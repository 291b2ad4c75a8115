"""Writing the tables of all runs, or of some."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, PLACED, Commands
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.identity import stages

if TYPE_CHECKING:
    from monosemanticity.experiment.plan import Plan
    from monosemanticity.results.paths import Paths

log = logging.getLogger(__name__)


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(tables, "LR1 LR3 --done --out my_tables --scale preview", CONFIGURED, PLACED, IN_WORKFLOW)
    parser.add_argument("batches", nargs="*", metavar="BATCH", help="whose runs; all where none is given")
    parser.add_argument("--done", action="store_true", help="of these, the runs that are trained and measured")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where tables of some runs go")


def tables(arguments: argparse.Namespace) -> None:
    """Write the tables of all runs, or of some batches, or of the runs that are done."""
    from monosemanticity.tables.tables import write

    plan, results = context.plan(arguments)
    some = _some_runs(arguments, plan, results)
    if not arguments.out and (len(arguments.batches) > 1 or arguments.done):
        raise ConfigError("tables: those of some runs go to a folder of their own: add --out my_tables")
    context.refuse_other(arguments, lambda: stages.of_tables(some))
    folder = arguments.out or results.tables(*arguments.batches)
    write(some, results, folder)
    log.info("%s: tables of %d of %d runs", folder, len(some.runs), len(plan.runs))
    context.keep_definitions(arguments, stages.code_of_tables(), results.definitions)


def _some_runs(arguments: argparse.Namespace, plan: "Plan", results: "Paths") -> "Plan":
    """The batches that are named, or all; of their runs the ones that are done, where that is asked for."""
    from monosemanticity.workflow.jobs import Jobs
    from monosemanticity.workflow.jobs import measure as measuring

    refuse_unknown(arguments.batches, plan.batches)
    some = plan.only(arguments.batches or plan.batches)
    if arguments.done:
        jobs = Jobs(plan, results)
        some = some.only(some.batches, [run_id for run_id in some.runs if not jobs.due(measuring(run_id))])
    if not some.runs:
        raise ConfigError("tables: none of the runs is trained and measured; `monosemanticity runs` lists them")
    return some
