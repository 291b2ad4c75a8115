"""What a command works on: the configuration, the plan, where results lie, and the workflow that started it, if any."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from monosemanticity.commands.options import CONFIG, RESULTS
from monosemanticity.errors import ConfigError
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.identity import code
from monosemanticity.identity.code import Code
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import inside
from monosemanticity.results.paths import Paths
from monosemanticity.workflow import definitions, planned

if TYPE_CHECKING:
    from pathlib import Path

    from monosemanticity.experiment.config import Config
    from monosemanticity.experiment.plan import Plan


def overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the command lays over the configuration."""
    return arguments.override | ({"scale": arguments.scale} if arguments.scale else {})


def config(arguments: argparse.Namespace) -> "Config":
    """The configuration: as it was at planning, in a workflow. Raises ConfigError naming every key that is wrong."""
    from monosemanticity.experiment.config import Config
    from monosemanticity.experiment.config_file import parse, read_config

    if arguments.planned:
        return parse(Config, planned.read(arguments.planned).config, source="config.yaml")
    return read_config(arguments.config, overrides(arguments))


def plan(arguments: argparse.Namespace) -> tuple["Plan", Paths]:
    """What the configuration asks for, and where its results lie."""
    from monosemanticity.experiment.plan import make_plan

    made = make_plan(config(arguments))
    if not arguments.planned:  # the workflow has said it already
        for warning in made.warnings:
            print(warning, file=sys.stderr)
        inside.check(arguments.results, made.scale)
    return made, Paths(arguments.results, made.scale)


def refuse_other(arguments: argparse.Namespace, of: Callable[[], Stamp]) -> None:
    """Raise CodeError if a job's stamp is not the one that the workflow has planned.

    Asked when all code is loaded, so that an edit at any time leads at worst to a refusal. Where every byte of the
    package is as it was planned with, nothing of it is analysed again.
    """
    if arguments.planned:
        found = planned.read(arguments.planned)
        if code.fingerprint() == found.fingerprint:
            code.remember(found.codes)
        planned.refuse_other(arguments.stamp, of().short)


def keep_definitions(arguments: argparse.Namespace, of: Code, folder: "Path") -> None:
    """Keep the definitions behind a result's code digest, unless a workflow does."""
    if not arguments.planned:
        definitions.keep(folder, of)


def making_again(arguments: argparse.Namespace, targets: Iterable[str] = ()) -> str:
    """What makes results, or some targets, as a workflow makes them; nothing where that asks for more than its folder.

    Of another configuration file, or of a folder of another name, Snakemake would make others.
    """
    from monosemanticity.workflow import mend

    project = arguments.results.parent
    if arguments.results.name != RESULTS.name or arguments.config not in (CONFIG, project / CONFIG):
        return ""
    return mend.of_workflow(overrides(arguments), project, targets)


def refuse_names(names: Iterable[str], known: Iterable[str], plan: "Plan") -> None:
    """Raise ConfigError for a figure that cannot be drawn from what is configured, and for what is not known."""
    for name in names:
        if name in plan.left_out:
            raise ConfigError(f"figure {name} is left out: {plan.left_out[name]}")
    refuse_unknown(names, known)
