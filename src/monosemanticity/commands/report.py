"""Writing the page of everything."""

import argparse
import logging
from pathlib import Path

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, PLACED, Commands
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.identity import stages
from monosemanticity.workflow import planned

log = logging.getLogger(__name__)


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(report, "--scale preview", CONFIGURED, PLACED, IN_WORKFLOW)
    parser.add_argument(
        "--batches", nargs="+", default=[], metavar="BATCH", help="whose models it holds; all where none is given"
    )
    parser.add_argument("--one-seed", action="store_true", help="of each batch, the models of its first seed alone")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where a page of some models goes")


def report(arguments: argparse.Namespace) -> None:
    """Write the page of a scale's claims, figures, runs and models, of what is there; list what is not."""
    from monosemanticity.report.page import write
    from monosemanticity.report.sources import Sources
    from monosemanticity.workflow.jobs import REPORT, Jobs

    plan, results = context.plan(arguments)
    refuse_unknown(arguments.batches, plan.batches)
    if (arguments.batches or arguments.one_seed) and not arguments.out:
        raise ConfigError("report: a page of some models goes to a file of its own: add --out my_report.html")
    overrides = planned.read(arguments.planned).overrides if arguments.planned else context.overrides(arguments)
    sources, target = Sources(plan, results, Jobs(plan, results), overrides), arguments.out or results.report
    of = sources.jobs.jobs[REPORT].of
    context.refuse_other(arguments, lambda: of)
    members = {name: plan.batches[name].members for name in arguments.batches or plan.batches}
    if arguments.one_seed:
        members = {
            name: [each for each in all_ if each.spec.seed == all_[0].spec.seed] for name, all_ in members.items()
        }
    missing = write(sources, members, of, target)
    context.keep_definitions(arguments, stages.code_of_report(), results.definitions)
    for gap in missing:
        log.warning("%s is missing: %s; make it: %s", *gap)
    log.info("%s: %.1f MB; open it in a browser", target, target.stat().st_size / 1e6)
