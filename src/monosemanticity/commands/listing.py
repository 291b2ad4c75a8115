"""Listing runs, and what can be asked for."""

import argparse

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, PLACED, Commands


def add(commands: Commands) -> None:
    """The commands."""
    commands.add(runs, "--scale preview", CONFIGURED, PLACED)
    commands.add(targets, "--scale preview", CONFIGURED, PLACED)


def runs(arguments: argparse.Namespace) -> None:
    """List the runs of a scale: state, cost, which settings of which batches, and whether their steps are too few."""
    from monosemanticity.experiment.bias_decay import least_steps, stays_dead
    from monosemanticity.workflow.jobs import Jobs
    from monosemanticity.workflow.jobs import companion as companion_training
    from monosemanticity.workflow.jobs import train as training
    from monosemanticity.workflow.pace import Pace, total

    plan, results = context.plan(arguments)
    jobs, pace = Jobs(plan, results), Pace.of_this_machine(plan.runs, results)
    asked = {run_id: plan.batches_of(run_id) for run_id in plan.runs}
    width = max(map(len, asked.values()))
    print(f"{'state':8} {'core-hours':>10}  {'batches, as in config.yaml':{width}} run")
    for run_id, spec in plan.runs.items():
        state = jobs.verdict(training(run_id)).state
        dead = f"  stays dead in fewer than {least_steps(spec):,.0f} steps" if stays_dead(spec) else ""
        print(f"{state:8} {pace.core_hours([spec]):10.3f}  {asked[run_id]:{width}} {run_id}{dead}")
    for run_id, spec in plan.companion_runs.items():
        print(f"{jobs.verdict(companion_training(spec)).state:8} {'':10}  {plan.experiments_of(spec):{width}} {run_id}")
    print(total(jobs, plan, pace))


def targets(arguments: argparse.Namespace) -> None:
    """List what can be asked for: figures with their titles, batches with what they sweep, tables, claims."""
    from monosemanticity.workflow.targets import listing

    plan, _ = context.plan(arguments)
    print(*listing(plan), sep="\n")
