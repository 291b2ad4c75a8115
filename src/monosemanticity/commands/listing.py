"""Listing runs, and what can be asked for."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, PLACED, Commands

if TYPE_CHECKING:
    from monosemanticity.experiment.plan import Member


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
    asked = {run_id: _asked(places) for run_id, places in plan.places.items()}
    width = max(map(len, asked.values()))
    print(f"{'state':8} {'core-hours':>10}  {'batches, as in config.yaml':{width}} run")
    for run_id, spec in plan.runs.items():
        state = jobs.verdict(training(run_id)).state
        dead = f"  stays dead in fewer than {least_steps(spec):,.0f} steps" if stays_dead(spec) else ""
        print(f"{state:8} {pace.core_hours([spec]):10.3f}  {asked[run_id]:{width}} {run_id}{dead}")
    for run_id, spec in plan.companion_runs.items():
        print(f"{jobs.verdict(companion_training(spec)).state:8} {'':10}  {plan.experiments_of(spec):{width}} {run_id}")
    print(total(jobs, plan, pace))


def _asked(places: Mapping[str, "Member"]) -> str:
    """A run's batches with its settings in them: 'LR3 learning_rate=0.007, K1 k=1024'."""
    return ", ".join(f"{name} {member.asked()}".rstrip() for name, member in places.items())


def targets(arguments: argparse.Namespace) -> None:
    """List what can be asked for: figures with their titles, batches with what they sweep, tables, claims."""
    from monosemanticity.workflow.targets import listing

    plan, _ = context.plan(arguments)
    print(*listing(plan), sep="\n")
