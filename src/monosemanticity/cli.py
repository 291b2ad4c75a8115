"""The parts of the workflow by hand: train one run, draw one figure, write the tables, list the runs."""

import argparse
import itertools
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from monosemanticity import layout, leases, leftovers, provenance, stamp
from monosemanticity.atomic import written_whole
from monosemanticity.config import Config, Replacement
from monosemanticity.config_file import parse, read_config
from monosemanticity.cost import operations
from monosemanticity.errors import ConfigError, UserError
from monosemanticity.layout import Layout
from monosemanticity.plan import Plan, make_plan, spec_of_batch
from monosemanticity.spec import RunSpec
from monosemanticity.stamp import Stamp

# Each command imports what it needs: listing runs should not wait for the machinery that trains them.


def train(arguments: argparse.Namespace) -> None:
    """Train one run and write its files."""
    if arguments.spec is not None:
        if arguments.set:
            raise ConfigError("--set: goes with --batch; --spec gives all numbers of the run")
        spec = parse(RunSpec, arguments.spec, source="--spec")
    else:
        chosen = parse(Replacement, dict(arguments.set), source="--set")
        spec = spec_of_batch(_config(arguments), arguments.batch, chosen)
    provenance.refuse_other(arguments.code, stamp.of_run(spec).code)
    with leases.graphics_card(arguments.jobs_per_gpu):
        from monosemanticity.progress import Progress
        from monosemanticity.train import train

        with Progress(spec.run_id, spec.steps) as progress:
            train(spec, arguments.out, arguments.threads, progress.show)
        if not arguments.keep_resume:
            leftovers.remove(arguments.out)


def figure(arguments: argparse.Namespace) -> None:
    """Draw one figure from the runs that are there."""
    from monosemanticity.figures.draw import draw
    from monosemanticity.figures.origin import of_figure

    plan, results = _plan(arguments)
    figures = plan.figures()
    if arguments.name not in figures:
        raise ConfigError(f"figure {arguments.name}: not one of {', '.join(figures)}")
    provenance.refuse_other(arguments.code, of_figure(arguments.name, plan).code)
    draw(arguments.name, plan, results)


def tables(arguments: argparse.Namespace) -> None:
    """Write the tables of all models, traces and neurons."""
    from monosemanticity.tables import write_tables

    provenance.refuse_other(arguments.code, provenance.code(*provenance.TABLES))
    write_tables(*_plan(arguments))


def runs(arguments: argparse.Namespace) -> None:
    """List the runs of a scale: whether each is done or was stopped, what it costs, and the batches that share it."""
    plan, results = _plan(arguments)
    states = {run_id: layout.state(results.run(run_id)) for run_id in plan.runs}
    done = [run_id for run_id, state in states.items() if state == "done"]
    cost = {run_id: operations(spec) / 1e15 for run_id, spec in plan.runs.items()}
    print(f"{'state':7} {'Pflop':>8}  {'batches':16} run")
    for run_id, spec in plan.runs.items():
        batches = ",".join(plan.batches_with(spec))
        print(f"{states[run_id]:7} {cost[run_id]:8.4f}  {batches:16} {run_id}")
    print(
        f"{len(done)} of {len(cost)} runs done, {sum(cost[run_id] for run_id in done):.3f} of"
        f" {sum(cost.values()):.3f} Pflop"
    )


def findings(arguments: argparse.Namespace) -> None:
    """Print where a scale's results agree with the paper and where not, as Markdown, and keep it."""
    from monosemanticity.findings import as_markdown
    from monosemanticity.tables import read_table

    code = provenance.code(*provenance.FINDINGS)
    provenance.refuse_other(arguments.code, code)
    plan, results = _plan(arguments)
    found = as_markdown(read_table("models", plan, results))
    of = Stamp(plan.digest, code).content()
    with written_whole(results.findings) as aside:
        aside.write_text(f"{found}\n<!-- {stamp.KEY} {json.dumps(of)} -->\n", encoding="utf-8")
    print(found, end="")


def why(arguments: argparse.Namespace) -> None:
    """Say what would be made again, and because of which definition of the code."""
    from monosemanticity import why

    plan, results = _plan(arguments)
    figures = plan.figures()
    if unknown := set(arguments.names) - {*figures, "tables"}:
        raise ConfigError(f"{', '.join(sorted(unknown))}: not one of tables, {', '.join(figures)}")
    names = arguments.names or [*plan.default_figures(), "tables"]
    specs = {name: plan.runs.values() if name == "tables" else plan.specs_of(figures[name]) for name in names}
    due = set()
    for runs, reasons in why.runs(itertools.chain.from_iterable(specs.values()), results):
        due |= {spec.run_id for spec in runs}
        others = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
        print(f"{runs[0].run_id}{others} would be trained:", *reasons, sep="\n    ")
    for name in names:
        reasons = why.tables(plan, results) if name == "tables" else why.figure(name, plan, results)
        if not due.isdisjoint(spec.run_id for spec in specs[name]):
            reasons.append("runs of it would be trained")
        print(f"{name} would be made again:" if reasons else f"{name} is up to date", *reasons, sep="\n    ")


def schema(arguments: argparse.Namespace) -> None:
    """Print the JSON schema of config.yaml, for editors."""
    print(json.dumps(Config.model_json_schema(), indent=2))


def main() -> None:
    """Run a command; an error that the user can mend is shown as its message alone."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("monosemanticity").setLevel(logging.INFO)  # libraries say a lot
    arguments = _parser().parse_args()
    try:
        arguments.command(arguments)
    except UserError as error:
        print(f"monosemanticity: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read the output has enough; Python would write what is left of it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text}: not a number of at least 1")
    return int(text)


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
    planned = argparse.ArgumentParser(add_help=False)
    planned.add_argument("--code", metavar="DIGEST", help="refuse to work with other code; the workflow gives it")
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

    one = add(train, "--batch LR3 --set learning_rate=0.007 --scale preview --out my_run", configured, planned)
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
    one.add_argument("--threads", type=_count, default=1, help="processor threads to compute with")
    one.add_argument(
        "--keep-resume", action="store_true", help="keep what the run would go on from, should its files be taken away"
    )
    one.add_argument("--jobs-per-gpu", type=_count, default=1, help="jobs that share a graphics card of this machine")

    drawn = add(figure, "fig07 --scale preview", configured, placed, planned)
    drawn.add_argument("name", metavar="NAME", help="fig01 to fig26, or BATCH_trace, _bias, _heat or _sweep")

    for command in (tables, findings):
        add(command, "--scale preview", configured, placed, planned)
    add(runs, "--scale preview", configured, placed)
    asked = add(why, "fig07 --scale preview", configured, placed)
    asked.add_argument("names", nargs="*", metavar="NAME", help="figures, or tables; everything where none is given")
    add(schema, "> workflow/schemas/config.schema.json")
    return parser
