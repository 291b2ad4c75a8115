"""Deciding the paper's claims, and explaining one."""

import argparse

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, PLACED, Commands
from monosemanticity.errors import ConfigError
from monosemanticity.identity import stages


def add(commands: Commands) -> None:
    """The commands and their options."""
    commands.add(claims, "--scale preview", CONFIGURED, PLACED, IN_WORKFLOW)
    explained = commands.add(claim, "band --scale preview", CONFIGURED, PLACED)
    explained.add_argument("name", metavar="NAME", help="of a claim, as claims lists them")


def claims(arguments: argparse.Namespace) -> None:
    """Decide the paper's claims from the tables of a scale, print them as Markdown, and keep them."""
    from monosemanticity.claims import report
    from monosemanticity.claims.decisions import decisions
    from monosemanticity.claims.runs import Runs

    plan, results = context.plan(arguments)
    context.refuse_other(arguments, lambda: stages.of_claims(plan))
    decided = decisions(Runs.of_plan(plan, results))
    said = report.write(decided, results.claims("parquet"), stages.of_claims(plan))
    context.keep_definitions(arguments, stages.code_of_claims(), results.definitions)
    print(said, end="")


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
    print(explained(decide(CLAIMS[arguments.name], Runs.of_plan(plan, results))))
