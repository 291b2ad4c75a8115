"""The stages of the companion studies: training a run, measuring an experiment, deciding the claims."""

import argparse

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, PLACED, Commands
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.identity import stages
from monosemanticity.results import paths
from monosemanticity.training import saved_state


def add(commands: Commands) -> None:
    """The commands and their options."""
    shared = (CONFIGURED, PLACED, IN_WORKFLOW)
    trained = commands.add(companion, "incidental-n64-m64-1a2b3c4d5e6f", *shared)
    trained.add_argument("run", metavar="RUN", help="as `monosemanticity runs` lists them")
    measured = commands.add(experiment, "incidental collisions", *shared)
    measured.add_argument("study", metavar="STUDY", help="incidental or superposition")
    measured.add_argument("name", metavar="NAME", help="of the experiment, as config.yaml has it")
    commands.add(companion_claims, "--scale preview", *shared)


def companion(arguments: argparse.Namespace) -> None:
    """Train one run of a companion study, as the workflow lists them, and write its files."""
    plan, results = context.plan(arguments)
    refuse_unknown([arguments.run], plan.companion_runs, listed_by="runs")
    spec = plan.companion_runs[arguments.run]
    from monosemanticity.companions.train import train

    context.refuse_other(arguments, lambda: stages.of_companion_training(spec))
    train(spec, results.companion(spec.run_id))
    if not arguments.planned:
        saved_state.remove(results.companion(spec.run_id), paths.TRACE)
    context.keep_definitions(arguments, stages.code_of_companion_training(spec), results.definitions)


def experiment(arguments: argparse.Namespace) -> None:
    """Measure the runs of an experiment of a companion study and write its table."""
    from monosemanticity.companions import measuring

    plan, results = context.plan(arguments)
    refuse_unknown([arguments.study], plan.companions)
    refuse_unknown([arguments.name], plan.companions[arguments.study])
    chosen = plan.companions[arguments.study][arguments.name]
    context.refuse_other(arguments, lambda: stages.of_experiment(chosen))
    measuring.write(chosen, results)
    context.keep_definitions(arguments, stages.code_of_experiment(chosen), results.definitions)


def companion_claims(arguments: argparse.Namespace) -> None:
    """Decide the claims of the companion studies from their experiments, print them as Markdown, and keep them."""
    from monosemanticity.claims import report
    from monosemanticity.companions.claims import decisions
    from monosemanticity.companions.results import of_studies

    plan, results = context.plan(arguments)
    context.refuse_other(arguments, lambda: stages.of_companion_claims(plan))
    decided, of = decisions(of_studies(plan, results)), stages.of_companion_claims(plan)
    said = report.write(decided, results.companion_claims("parquet"), of)
    context.keep_definitions(arguments, stages.code_of_companion_claims(), results.definitions)
    print(said, end="")
