"""Deciding the paper's claims, and explaining one."""

import argparse
import logging
from collections import Counter
from typing import TYPE_CHECKING

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, PLACED, Commands
from monosemanticity.errors import ConfigError
from monosemanticity.identity import stages

if TYPE_CHECKING:
    from monosemanticity.experiment.plan import Plan
    from monosemanticity.results.paths import Paths

log = logging.getLogger(__name__)


def add(commands: Commands) -> None:
    """The commands and their options."""
    commands.add(claims, "--scale preview", CONFIGURED, PLACED, IN_WORKFLOW)
    explained = commands.add(claim, "band --scale preview", CONFIGURED, PLACED)
    explained.add_argument("name", metavar="NAME", help="of a claim, as claims lists them")


def claims(arguments: argparse.Namespace) -> None:
    """Decide the paper's claims from the tables of a scale, print them as Markdown, and keep them.

    Where tables of a batch are missing or damaged, the claims that do not ask it are decided all the same, and none is
    kept.
    """
    from monosemanticity.claims import report
    from monosemanticity.claims.decisions import decisions
    from monosemanticity.claims.runs import Runs

    plan, results = context.plan(arguments)
    context.refuse_other(arguments, lambda: stages.of_claims(plan))
    runs = Runs.of_plan(plan, results)
    decided = decisions(runs)
    if runs.missing:
        if arguments.planned or not any(decision.quantities for decision in decided):
            raise next(iter(runs.missing.values()))
        print(report.as_markdown(decided), end="")
        _say_missing(arguments, plan, results, list(runs.missing))
        return
    said = report.write(decided, results.claims("parquet"), stages.of_claims(plan))
    context.keep_definitions(arguments, stages.code_of_claims(), results.definitions)
    print(said, end="")


def _say_missing(arguments: argparse.Namespace, plan: "Plan", results: "Paths", batches: list[str]) -> None:
    """Of batches whose tables cannot be read, in which state their runs are, and what makes them."""
    from monosemanticity.workflow.jobs import Jobs, train

    jobs = Jobs(plan, results)
    states = {batch: Counter(jobs.verdict(train(run)).state for run in plan.only([batch]).runs) for batch in batches}
    said = [f"{name} ({', '.join(f'{n} {state}' for state, n in states[name].items())})" for name in batches]
    again = context.making_again(arguments, batches)
    log.warning("the claims are not kept, as tables are missing or damaged of %s", ", ".join(said))
    log.warning("`monosemanticity runs` says which runs%s", f"; make the tables: {again}" * bool(again))


def claim(arguments: argparse.Namespace) -> None:
    """Explain the verdict on one claim, of the paper or a companion study: its numbers, each seed's, their bounds."""
    from monosemanticity.claims.claim import decided
    from monosemanticity.claims.decisions import CLAIMS, decide
    from monosemanticity.claims.report import explained
    from monosemanticity.claims.runs import Runs
    from monosemanticity.companions import claims as companions
    from monosemanticity.companions.results import of_studies

    plan, results = context.plan(arguments)
    of_companions = companions.by_name()
    if arguments.name in of_companions:
        study, claim = of_companions[arguments.name]
        print(explained(decided(claim, of_studies(plan, results)[study])))
        return
    if arguments.name not in CLAIMS:
        raise ConfigError(f"{arguments.name}: no claim; they are {', '.join([*CLAIMS, *of_companions])}")
    runs = Runs.of_plan(plan, results)
    decision = decide(CLAIMS[arguments.name], runs)
    if runs.missing:
        raise next(iter(runs.missing.values()))
    print(explained(decision))
