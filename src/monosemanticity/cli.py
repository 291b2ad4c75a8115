"""The parts of the workflow by hand: train one run, draw one figure, write the tables, list the runs."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from monosemanticity.config import Config, Replacement
from monosemanticity.config_file import parse, read_config
from monosemanticity.cost import operations
from monosemanticity.errors import ConfigError, ResultError, UserError
from monosemanticity.layout import RECORD, Layout
from monosemanticity.plan import Plan, make_plan, spec_of_batch
from monosemanticity.spec import RunSpec

# Each command imports what it needs: listing runs should not wait for the machinery that trains them.


def train(arguments: argparse.Namespace) -> None:
    """Train one run and write its files."""
    from monosemanticity.train import train

    if arguments.spec is not None:
        if arguments.set:
            raise ConfigError("--set: goes with --batch; --spec gives all numbers of the run")
        spec = parse(RunSpec, arguments.spec, source="--spec")
    else:
        chosen = parse(Replacement, dict(arguments.set), source="--set")
        spec = spec_of_batch(_config(arguments), arguments.batch, chosen)
    train(spec, arguments.out, arguments.threads)


def figure(arguments: argparse.Namespace) -> None:
    """Draw one figure from the runs that are there."""
    from monosemanticity.figures.draw import draw

    plan, results = _plan(arguments)
    figures = plan.figures()
    if arguments.name not in figures:
        raise ConfigError(f"figure {arguments.name}: not one of {', '.join(figures)}")
    draw(arguments.name, plan, results)


def tables(arguments: argparse.Namespace) -> None:
    """Write the tables of all models, traces and neurons."""
    from monosemanticity.tables import write_tables

    write_tables(*_plan(arguments))


def runs(arguments: argparse.Namespace) -> None:
    """List the runs of a scale: whether each is done, what it costs, and the batches that share it."""
    plan, results = _plan(arguments)
    done = {run_id for run_id in plan.runs if (results.run(run_id) / RECORD).exists()}
    cost = {run_id: operations(spec) / 1e15 for run_id, spec in plan.runs.items()}
    print(f"{'state':6} {'Pflop':>8}  {'batches':16} run")
    for run_id, spec in plan.runs.items():
        batches = ",".join(plan.batches_with(spec))
        state = "done" if run_id in done else "to do"
        print(f"{state:6} {cost[run_id]:8.4f}  {batches:16} {run_id}")
    print(
        f"{len(done)} of {len(cost)} runs done, {sum(cost[run_id] for run_id in done):.3f} of"
        f" {sum(cost.values()):.3f} Pflop"
    )


def findings(arguments: argparse.Namespace) -> None:
    """Print where a scale's results agree with the paper and where not, as Markdown."""
    import pandas as pd

    from monosemanticity.findings import as_markdown

    results = Layout(arguments.results, _config(arguments).scale)
    models = results.table("models")
    if not models.exists():
        raise ResultError(f"{models}: missing; make it: snakemake {models}")
    print(as_markdown(pd.read_parquet(models)), end="")


def schema(arguments: argparse.Namespace) -> None:
    """Print the JSON schema of config.yaml, for editors."""
    print(json.dumps(Config.model_json_schema(), indent=2))


def main() -> None:
    """Run a command; an error that the user can mend is shown as its message alone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    arguments = _parser().parse_args()
    try:
        arguments.command(arguments)
    except UserError as error:
        sys.exit(f"monosemanticity: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _config(arguments: argparse.Namespace) -> Config:
    chosen_scale = {"scale": arguments.scale} if arguments.scale else {}
    return read_config(arguments.config, arguments.override | chosen_scale)


def _plan(arguments: argparse.Namespace) -> tuple[Plan, Layout]:
    plan = make_plan(_config(arguments))
    return plan, Layout(arguments.results, plan.scale)


def _json_object(text: str) -> dict:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise argparse.ArgumentTypeError(f"{text}: not a JSON object")
    return given


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE, as in learning_rate=0.007")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="monosemanticity", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    configured = argparse.ArgumentParser(add_help=False)
    configured.add_argument("--config", type=Path, default=Path("config.yaml"), help="the configuration file")
    configured.add_argument("--override", type=_json_object, default={}, help="JSON laid over the configuration")
    configured.add_argument("--scale", help="one of the configuration's scales; its own choice where not given")
    placed = argparse.ArgumentParser(add_help=False)
    placed.add_argument("--results", type=Path, default=Path("results"), help="the folder of all results")

    def add(command: Callable[..., None], example: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(
            command.__name__,
            help=command.__doc__,
            description=command.__doc__,
            epilog=f"example: monosemanticity {command.__name__} {example}",
            parents=parents,
        )
        added.set_defaults(command=command)
        return added

    one = add(train, "--batch LR3 --set learning_rate=0.007 --scale preview --out my_run", configured)
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--batch", help="the batch whose numbers the run has")
    which.add_argument("--spec", type=_json_object, metavar="JSON", help="all numbers of the run, as in its run.json")
    one.add_argument(
        "--set",
        type=_assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a number in place of the batch's, in the terms of config.yaml; needed for what the batch sweeps",
    )
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the run's files go")
    one.add_argument("--threads", type=int, default=1, help="processor threads to compute with")

    drawn = add(figure, "fig07 --scale preview", configured, placed)
    drawn.add_argument("name", metavar="NAME", help="fig01 to fig26, or BATCH_trace, _bias, _heat or _sweep")

    for command in (tables, runs, findings):
        add(command, "--scale preview", configured, placed)
    add(schema, "> workflow/schemas/config.schema.json")
    return parser
