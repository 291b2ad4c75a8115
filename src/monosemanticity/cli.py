"""The parts of the workflow by hand: train one run, draw one figure, write the tables, list the runs."""

import argparse
import itertools
import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from monosemanticity.errors import ConfigError, RefusedError, ResultError, UserError
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import code, stages
from monosemanticity.identity.code import Code
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import inside, paths, run_record, whole_files
from monosemanticity.results.paths import Paths
from monosemanticity.training import leases, saved_state
from monosemanticity.workflow import definitions, failures, planned

if TYPE_CHECKING:
    from monosemanticity.companions.catalogue import Planned
    from monosemanticity.experiment.config import Config
    from monosemanticity.experiment.plan import Member, Plan

log = logging.getLogger(__name__)

# Each command imports what it needs: listing runs should not wait for the machinery that trains them.


def train(arguments: argparse.Namespace) -> None:
    """Train one run and write its files."""
    if arguments.planned:  # a log holds all tries
        log.info("%s: process %d on %s %s", date.today(), os.getpid(), socket.gethostname(), failures.BEGUN)
    spec = _spec(arguments)
    with leases.graphics_card(arguments.jobs_per_gpu):
        from monosemanticity.training.progress import Progress
        from monosemanticity.training.train import train

        _refuse_other(arguments, lambda: stages.of_training(spec))
        with Progress(spec.run_id, spec.steps) as progress:
            train(spec, arguments.out, arguments.threads, progress.show, lambda: _claim(arguments, spec))
        if not arguments.keep_resume:
            saved_state.remove(arguments.out)
    _keep_definitions(arguments, stages.code_of_training(spec), arguments.out / paths.DEFINITIONS)


def measure(arguments: argparse.Namespace) -> None:
    """Measure the models of a trained run and write the measures next to its files."""
    from monosemanticity.measures.measuring import measure_run

    if not arguments.planned:
        inside.check(arguments.run)
    spec = run_record.read_any(arguments.run).spec
    _refuse_other(arguments, lambda: stages.of_measuring(spec))
    measure_run(spec, arguments.run)
    _keep_definitions(arguments, stages.code_of_measuring(spec), arguments.run / paths.DEFINITIONS)


def companion(arguments: argparse.Namespace) -> None:
    """Train one run of a companion study, as the workflow lists them, and write its files."""
    plan, results = _plan(arguments)
    refuse_unknown([arguments.run], plan.companion_runs)
    spec = plan.companion_runs[arguments.run]
    from monosemanticity.companions.train import train

    _refuse_other(arguments, lambda: stages.of_companion_training(spec))
    train(spec, results.companion(spec.run_id))
    if not arguments.planned:
        saved_state.remove(results.companion(spec.run_id), paths.TRACE)
    _keep_definitions(arguments, stages.code_of_companion_training(spec), results.definitions)


def experiment(arguments: argparse.Namespace) -> None:
    """Measure the runs of an experiment of a companion study and write its table."""
    from monosemanticity.companions import measuring

    plan, results = _plan(arguments)
    refuse_unknown([arguments.study], plan.companions)
    refuse_unknown([arguments.name], plan.companions[arguments.study])
    chosen = plan.companions[arguments.study][arguments.name]
    _refuse_other(arguments, lambda: stages.of_experiment(chosen))
    measuring.write(chosen, results)
    _keep_definitions(arguments, stages.code_of_experiment(chosen), results.definitions)


def companion_claims(arguments: argparse.Namespace) -> None:
    """Decide the claims of the companion studies from their experiments, print them as Markdown, and keep them."""
    from monosemanticity.claims import report
    from monosemanticity.companions.claims import decisions
    from monosemanticity.companions.results import of_studies

    plan, results = _plan(arguments)
    of = stages.of_companion_claims(plan)
    _refuse_other(arguments, lambda: of)
    said = report.write(decisions(of_studies(plan, results)), results.companion_claims("parquet"), of)
    _keep_definitions(arguments, stages.code_of_companion_claims(), results.definitions)
    print(said, end="")


def figure(arguments: argparse.Namespace) -> None:
    """Draw one figure from what is there: the tables of its batches, or the checkpoints of its runs."""
    from monosemanticity.companions import catalogue
    from monosemanticity.figures.captions import caption
    from monosemanticity.figures.draw import draw

    plan, results = _plan(arguments)
    if (companions := catalogue.figures(plan)).keys() & {arguments.name}:
        _companion_figure(arguments, companions[arguments.name], results)
        return
    figures = plan.figures()
    _refuse_names([arguments.name], [*figures, *companions], plan)
    chosen = figures[arguments.name]
    _refuse_other(arguments, lambda: stages.of_figure(chosen, caption(arguments.name, chosen, plan), plan))
    draw(arguments.name, plan, results)
    _keep_definitions(arguments, stages.code_of_figure(chosen, plan), results.definitions)


def _companion_figure(arguments: argparse.Namespace, planned: "Planned", results: Paths) -> None:
    from monosemanticity.companions.draw import draw

    _refuse_other(arguments, lambda: stages.of_companion_figure(planned.name, planned.caption, planned.experiments))
    draw(planned, results)
    _keep_definitions(arguments, stages.code_of_companion_figure(planned.name), results.definitions)


def tables(arguments: argparse.Namespace) -> None:
    """Write the tables of all runs, or of some batches, or of the runs that are done."""
    from monosemanticity.tables.tables import write

    plan, results = _plan(arguments)
    some = _some_runs(arguments, plan, results)
    if not arguments.out and (len(arguments.batches) > 1 or arguments.done):
        raise ConfigError("tables: those of some runs go to a folder of their own: add --out my_tables")
    _refuse_other(arguments, lambda: stages.of_tables(some))
    folder = arguments.out or results.tables(*arguments.batches)
    write(some, results, folder)
    log.info("%s: tables of %d of %d runs", folder, len(some.runs), len(plan.runs))
    _keep_definitions(arguments, stages.code_of_tables(), results.definitions)


def runs(arguments: argparse.Namespace) -> None:
    """List the runs of a scale: state, cost, which settings of which batches, and whether their steps are too few."""
    from monosemanticity.experiment.bias_decay import least_steps, stays_dead
    from monosemanticity.workflow.jobs import Jobs
    from monosemanticity.workflow.jobs import companion as companion_training
    from monosemanticity.workflow.jobs import train as training
    from monosemanticity.workflow.pace import Pace, total

    plan, results = _plan(arguments)
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


def targets(arguments: argparse.Namespace) -> None:
    """List what can be asked for: figures with their titles, batches with what they sweep, tables, claims."""
    from monosemanticity.workflow.targets import listing

    plan, _ = _plan(arguments)
    print(*listing(plan), sep="\n")


def claims(arguments: argparse.Namespace) -> None:
    """Decide the paper's claims from the tables of a scale, print them as Markdown, and keep them."""
    from monosemanticity.claims import report
    from monosemanticity.claims.decisions import decisions
    from monosemanticity.claims.runs import Runs

    plan, results = _plan(arguments)
    _refuse_other(arguments, lambda: stages.of_claims(plan))
    decided = decisions(Runs.of_plan(plan, results))
    said = report.write(decided, results.claims("parquet"), stages.of_claims(plan))
    _keep_definitions(arguments, stages.code_of_claims(), results.definitions)
    print(said, end="")


def claim(arguments: argparse.Namespace) -> None:
    """Explain the verdict on one claim, of the paper or a companion study: its numbers, each seed's, their bounds."""
    from monosemanticity.claims.claim import decided
    from monosemanticity.claims.decisions import CLAIMS, decide
    from monosemanticity.claims.report import explained
    from monosemanticity.claims.runs import Runs
    from monosemanticity.companions import claims as companions
    from monosemanticity.companions.results import of_studies

    plan, results = _plan(arguments)
    of_companions = companions.by_name()
    if arguments.name in of_companions:
        study, claim = of_companions[arguments.name]
        print(explained(decided(claim, of_studies(plan, results)[study])))
        return
    if arguments.name not in CLAIMS:
        raise ConfigError(f"{arguments.name}: no claim; they are {', '.join([*CLAIMS, *of_companions])}")
    print(explained(decide(CLAIMS[arguments.name], Runs.of_plan(plan, results))))


def report(arguments: argparse.Namespace) -> None:
    """Write the page of a scale's claims, figures, runs and models, of what is there; list what is not."""
    from monosemanticity.report.page import write
    from monosemanticity.report.sources import Sources
    from monosemanticity.workflow.jobs import REPORT, Jobs

    plan, results = _plan(arguments)
    refuse_unknown(arguments.batches, plan.batches)
    if (arguments.batches or arguments.one_seed) and not arguments.out:
        raise ConfigError("report: a page of some models goes to a file of its own: add --out my_report.html")
    overrides = planned.read(arguments.planned).overrides if arguments.planned else _overrides(arguments)
    sources, target = Sources(plan, results, Jobs(plan, results), overrides), arguments.out or results.report
    of = sources.jobs.jobs[REPORT].of
    _refuse_other(arguments, lambda: of)
    members = {name: plan.batches[name].members for name in arguments.batches or plan.batches}
    if arguments.one_seed:
        members = {
            name: [each for each in all_ if each.spec.seed == all_[0].spec.seed] for name, all_ in members.items()
        }
    missing = write(sources, members, of, target)
    _keep_definitions(arguments, stages.code_of_report(), results.definitions)
    for gap in missing:
        log.warning("%s is missing: %s; make it: %s", *gap)
    log.info("%s: %.1f MB; open it in a browser", target, target.stat().st_size / 1e6)


def why(arguments: argparse.Namespace) -> None:
    """Explain which results are outdated and which definition of the code changed; or what an edit would rerun."""
    from monosemanticity.companions import catalogue
    from monosemanticity.workflow.explain import cost_of_change, explain
    from monosemanticity.workflow.jobs import CLAIMS, COMPANION_CLAIMS, REPORT, TABLES, Jobs, experiment_of
    from monosemanticity.workflow.pace import Pace

    plan, results = _plan(arguments)
    jobs = Jobs(plan, results)
    known = {name: [name] for name in jobs.jobs if " " not in name}
    known |= {name: list(plan.figures_of(name)) for name in plan.batches}
    known |= {f"{each.study}_{each.name}": [experiment_of(each)] for each in plan.experiments}
    _refuse_names(arguments.names, known, plan)
    asked = itertools.chain.from_iterable(known[name] for name in arguments.names)
    everything = [*plan.default_figures(), TABLES, CLAIMS, *catalogue.figures(plan), COMPANION_CLAIMS, REPORT]
    names = list(asked) or everything
    if arguments.change:
        pace = Pace.of_this_machine(plan.runs, results)
        lines = cost_of_change(arguments.change, names, jobs, plan, pace)
    else:
        lines = explain(names, jobs, plan, results)
    for line in lines:
        print(line)


def check(arguments: argparse.Namespace) -> None:
    """Read every result of a scale whole, and list what is damaged, which the workflow may not see at a look."""
    from monosemanticity.workflow.checking import damaged, refuse_beside_a_workflow
    from monosemanticity.workflow.jobs import Jobs

    plan, results = _plan(arguments)
    if arguments.remove:
        refuse_beside_a_workflow(arguments.results.parent)
    jobs = Jobs(plan, results)
    found = dict(damaged(jobs, plan))
    for name, problem in found.items():
        print(f"{name}: {problem}")
        if arguments.remove:
            whole_files.remove(jobs.jobs[name].head)
    there = sum(jobs.verdict(name).state in ("done", "damaged") for name in jobs.jobs)
    if found and not arguments.remove:
        raise ResultError(f"{len(found)} of {there} results are damaged; make them again: {_mend(arguments)}")
    print(f"{len(found)} of {there} results are damaged" + ", and made again by the next snakemake" * bool(found))


def schema(arguments: argparse.Namespace) -> None:
    """Print the JSON schema of config.yaml, for editors."""
    from monosemanticity.experiment.config import Config

    print(json.dumps(Config.model_json_schema(), indent=2))


def main() -> None:
    """Run a command; an error that the user can correct is shown as its message alone."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("monosemanticity").setLevel(logging.INFO)  # libraries say a lot
    arguments = _parser().parse_args()
    try:
        arguments.command(arguments)
    except RefusedError as error:
        mend = _mend(arguments)
        print(f"monosemanticity: {error}" + f"; make it again: {mend}" * bool(mend), file=sys.stderr)
        sys.exit(error.exit_code)
    except UserError as error:
        print(f"monosemanticity: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read the output has enough; Python would write what is left of it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _mend(arguments: argparse.Namespace) -> str:
    """The command that makes again what a command has found missing or damaged, and all else that is."""
    from monosemanticity.workflow import mend

    if arguments.planned:
        return mend.of_workflow(planned.read(arguments.planned).overrides)
    if arguments.command is measure:
        return mend.of_run(arguments.run)
    return mend.of_workflow(_overrides(arguments), arguments.results.parent)


def _overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    return arguments.override | ({"scale": arguments.scale} if arguments.scale else {})


def _config(arguments: argparse.Namespace) -> "Config":
    from monosemanticity.experiment.config import Config
    from monosemanticity.experiment.config_file import parse, read_config

    if arguments.planned:
        return parse(Config, planned.read(arguments.planned).config, source="config.yaml")
    return read_config(arguments.config, _overrides(arguments))


def _spec(arguments: argparse.Namespace) -> RunSpec:
    """The numbers of the run to train."""
    if arguments.spec is None:
        from monosemanticity.experiment.config import Replacement
        from monosemanticity.experiment.config_file import parse
        from monosemanticity.experiment.plan import run_of_batch

        chosen = parse(Replacement, dict(arguments.set), source="--set")
        config = _config(arguments)
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


def _plan(arguments: argparse.Namespace) -> tuple["Plan", Paths]:
    from monosemanticity.experiment.plan import make_plan

    plan = make_plan(_config(arguments))
    if not arguments.planned:  # the workflow has said it already
        for warning in plan.warnings:
            print(warning, file=sys.stderr)
        inside.check(arguments.results, plan.scale)
    return plan, Paths(arguments.results, plan.scale)


def _asked(places: Mapping[str, "Member"]) -> str:
    """A run's batches with its settings in them: 'LR3 learning_rate=0.007, K1 k=1024'."""
    return ", ".join(f"{name} {member.asked()}".rstrip() for name, member in places.items())


def _refuse_other(arguments: argparse.Namespace, of: Callable[[], Stamp]) -> None:
    """Raise CodeError if a job's stamp is not the one that the workflow has planned.

    Asked when all code is loaded, so that an edit at any time leads at worst to a refusal. Where every byte of the
    package is as it was planned with, nothing of it is analysed again.
    """
    if arguments.planned:
        found = planned.read(arguments.planned)
        if code.fingerprint() == found.fingerprint:
            code.remember(found.codes)
        planned.refuse_other(arguments.stamp, of().short)


def _refuse_names(names: Iterable[str], known: Iterable[str], plan: "Plan") -> None:
    """Raise ConfigError for a figure that cannot be drawn from what is configured, and for what is not known."""
    for name in names:
        if name in plan.left_out:
            raise ConfigError(f"figure {name} is left out: {plan.left_out[name]}")
    refuse_unknown(names, known)


def _claim(arguments: argparse.Namespace, spec: RunSpec) -> None:
    """Refuse a folder that is not this run's; the workflow's own are."""
    from monosemanticity.training import destination

    if not arguments.planned:
        destination.claim(arguments.out, stages.of_training(spec), arguments.replace)


def _keep_definitions(arguments: argparse.Namespace, of: Code, folder: Path) -> None:
    """Keep the definitions behind a result's code digest, unless a workflow does."""
    if not arguments.planned:
        definitions.keep(folder, of)


def _some_runs(arguments: argparse.Namespace, plan: "Plan", results: Paths) -> "Plan":
    """The batches that are named, or all; of their runs the ones that are done, where that is asked for."""
    from monosemanticity.workflow.jobs import Jobs
    from monosemanticity.workflow.jobs import measure as measuring

    refuse_unknown(arguments.batches, plan.batches)
    some = plan.only(arguments.batches or plan.batches)
    if arguments.done:
        jobs = Jobs(plan, results)
        some = some.only(some.batches, [run_id for run_id in some.runs if not jobs.due(measuring(run_id))])
    if not some.runs:
        raise ConfigError("tables: none of the runs is trained and measured; `monosemanticity runs` lists them")
    return some


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


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text}: not a whole number from 0 to 2^63 - 1")
    return int(text)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE, as in learning_rate=0.007")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="monosemanticity", description=__doc__)
    parser.set_defaults(planned=None)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    configured = argparse.ArgumentParser(add_help=False)
    configured.add_argument("--config", type=Path, default=Path("config.yaml"), help="the configuration file")
    configured.add_argument("--override", type=_json_object, default={}, help="JSON laid over the configuration")
    configured.add_argument("--scale", help="one of the configuration's scales; its own choice where not given")
    in_workflow = argparse.ArgumentParser(add_help=False)
    given = in_workflow.add_argument_group("given by the workflow")
    given.add_argument(
        "--planned", type=Path, metavar="FILE", help="the configuration at planning, in place of config.yaml"
    )
    given.add_argument("--stamp", metavar="DIGEST", help="of the planned result; a job with another one stops")
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

    one = add(train, "--batch LR3 --set learning_rate=0.007 --scale preview --out my_run", configured, in_workflow)
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
    one.add_argument("--seed", type=_seed, help="of everything random in the run; the batch's first where not given")
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the run's files go")
    one.add_argument("--replace", action="store_true", help="remove another run that lies there")
    one.add_argument("--threads", type=_count, default=1, help="processor threads to compute with")
    one.add_argument(
        "--keep-resume",
        action="store_true",
        help="keep the saved state that the run would resume from if its files were removed",
    )
    one.add_argument("--jobs-per-gpu", type=_count, default=1, help="jobs that share a graphics card of this machine")

    measured = add(measure, "my_run", in_workflow)
    measured.add_argument("run", type=Path, metavar="DIR", help="where the run's files are")

    drawn = add(figure, "fig07 --scale preview", configured, placed, in_workflow)
    drawn.add_argument("name", metavar="NAME", help="fig01 to fig26, or BATCH_trace, _bias, _heat or _sweep")

    tabled = add(tables, "LR1 LR3 --done --out my_tables --scale preview", configured, placed, in_workflow)
    tabled.add_argument("batches", nargs="*", metavar="BATCH", help="whose runs; all where none is given")
    tabled.add_argument("--done", action="store_true", help="of these, the runs that are trained and measured")
    tabled.add_argument("--out", type=Path, metavar="DIR", help="where tables of some runs go")
    add(claims, "--scale preview", configured, placed, in_workflow)
    reported = add(report, "--scale preview", configured, placed, in_workflow)
    reported.add_argument(
        "--batches", nargs="+", default=[], metavar="BATCH", help="whose models it holds; all where none is given"
    )
    reported.add_argument("--one-seed", action="store_true", help="of each batch, the models of its first seed alone")
    reported.add_argument("--out", type=Path, metavar="FILE", help="where a page of some models goes")
    one_of_a_companion = add(companion, "incidental-n64-m64-1a2b3c4d5e6f", configured, placed, in_workflow)
    one_of_a_companion.add_argument("run", metavar="RUN", help="as `monosemanticity runs` lists them")
    measured_of = add(experiment, "incidental collisions", configured, placed, in_workflow)
    measured_of.add_argument("study", metavar="STUDY", help="incidental or superposition")
    measured_of.add_argument("name", metavar="NAME", help="of the experiment, as config.yaml has it")
    add(companion_claims, "--scale preview", configured, placed, in_workflow)
    explained = add(claim, "band --scale preview", configured, placed)
    explained.add_argument("name", metavar="NAME", help="of a claim, as claims lists them")
    add(runs, "--scale preview", configured, placed)
    add(targets, "--scale preview", configured, placed)
    asked = add(why, "fig07 --scale preview", configured, placed)
    asked.add_argument(
        "names", nargs="*", metavar="NAME", help="figures, batches, tables, claims; all where none is given"
    )
    asked.add_argument(
        "--change",
        metavar="FILE|REVISION",
        help="cost of the code's changes since a git revision, or of a file's since its last commit",
    )
    checked = add(check, "--scale preview", configured, placed)
    checked.add_argument("--remove", action="store_true", help="remove the damaged ones, so that they are made again")
    add(schema, "> workflow/schemas/config.schema.json")
    return parser
