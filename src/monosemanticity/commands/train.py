"""Training one run of the paper."""

import argparse
import logging
import os
import socket
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from monosemanticity.commands import context
from monosemanticity.commands.options import CONFIGURED, IN_WORKFLOW, Commands, assignment, count, json_object, seed
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.results import paths
from monosemanticity.training import leases, saved_state
from monosemanticity.workflow import failures

log = logging.getLogger(__name__)


def add(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(
        train, "--batch LR3 --set learning_rate=0.007 --scale preview --out my_run", CONFIGURED, IN_WORKFLOW
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--batch", help="the batch whose numbers the run has")
    which.add_argument("--spec", type=json_object, metavar="JSON", help="all numbers of the run, as in its run.json")
    parser.add_argument(
        "--set",
        type=assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a number in place of the batch's, in the terms of config.yaml; needed for what the batch sweeps",
    )
    parser.add_argument("--seed", type=seed, help="of everything random in the run; the batch's first where not given")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the run's files go")
    parser.add_argument("--replace", action="store_true", help="remove another run that lies there")
    parser.add_argument("--threads", type=count, default=1, help="processor threads to compute with")
    parser.add_argument(
        "--keep-resume",
        action="store_true",
        help="keep the saved state that the run would resume from if its files were removed",
    )
    parser.add_argument("--jobs-per-gpu", type=count, default=1, help="jobs that share a graphics card of this machine")


def train(arguments: argparse.Namespace) -> None:
    """Train one run and write its files."""
    if arguments.planned:  # a log holds all tries
        log.info("%s: process %d on %s %s", date.today(), os.getpid(), socket.gethostname(), failures.BEGUN)
    spec = _spec(arguments)
    with leases.graphics_card(arguments.jobs_per_gpu):
        from monosemanticity.training.progress import Progress
        from monosemanticity.training.train import train

        context.refuse_other(arguments, lambda: stages.of_training(spec))
        with Progress(spec.run_id, spec.steps) as progress:
            train(spec, arguments.out, arguments.threads, progress.show, lambda: _claim(arguments, spec))
        if not arguments.keep_resume:
            saved_state.remove(arguments.out)
    context.keep_definitions(arguments, stages.code_of_training(spec), arguments.out / paths.DEFINITIONS)


def _spec(arguments: argparse.Namespace) -> RunSpec:
    """The numbers of the run to train."""
    if arguments.spec is None:
        from monosemanticity.experiment.config import Replacement
        from monosemanticity.experiment.config_file import parse
        from monosemanticity.experiment.plan import run_of_batch

        chosen = parse(Replacement, dict(arguments.set), source="--set")
        config = context.config(arguments)
        run = run_of_batch(config, arguments.batch, chosen, arguments.seed)
        for line in run.scaled(config.scale):
            log.info(line)
        return run.spec
    for option in ("set", "seed"):
        if getattr(arguments, option) not in ([], None):
            raise ConfigError(f"--{option}: goes with --batch; --spec gives all numbers of the run")
    try:
        return RunSpec.model_validate(arguments.spec)
    except ValidationError:
        from monosemanticity.experiment.config_file import parse

        return parse(RunSpec, arguments.spec, source="--spec")  # says what is wrong


def _claim(arguments: argparse.Namespace, spec: RunSpec) -> None:
    """Refuse a folder that is not this run's; the workflow's own are."""
    from monosemanticity.training import destination

    if not arguments.planned:
        destination.claim(arguments.out, stages.of_training(spec), arguments.replace)
