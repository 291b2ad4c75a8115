# The configuration, checked whole before anything is planned, and what follows from it.

import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.enums import RerunTrigger

from monosemanticity.companions import best_models, catalogue
from monosemanticity.errors import UserError
from monosemanticity.experiment import config_file
from monosemanticity.experiment.config import Config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.figures.captions import caption
from monosemanticity.identity import code
from monosemanticity.results import inside, paths
from monosemanticity.results.paths import Paths
from monosemanticity.training import saved_state
from monosemanticity.workflow import garbage, mend, needs, pace, planned
from monosemanticity.workflow.jobs import (
    CLAIMS,
    COMPANION_CLAIMS,
    REPORT,
    TABLES,
    Jobs,
    companion,
    experiment_of,
    measure,
    tables_of,
    train,
)
from monosemanticity.workflow.planned import Planned

PLANNED_IN = "MONOSEMANTICITY_PLANNED"
"""Names, for the Snakemake that carries a job out on a cluster, the file that says what was planned."""
MAIN = workflow.is_main_process

garbage.look_seldom()

try:
    # `config` holds what --config and --configfile give; config.yaml is read here, so that a key given twice is seen.
    if MAIN:
        given = config_file.read_yaml(Path("config.yaml"), overrides=config)
    else:
        plan = planned.read(Path(os.environ[PLANNED_IN]))
        code.remember(plan.codes)
        given = plan.config
    CONFIG = config_file.parse(Config, given, source="config.yaml")
    PLAN = make_plan(CONFIG)
    RESULTS = Paths(Path("results"), PLAN.scale)
    JOBS = Jobs(PLAN, RESULTS)
    if MAIN:
        inside.check(RESULTS.results, RESULTS.scale, paths.REFERENCE)
        JOBS.mark_outdated()
        code.keep()
except UserError as error:
    raise WorkflowError(str(error)) from None

RUNS = PLAN.runs
if MAIN:
    PLANNED = Planned.now(given, overrides=config)
    os.environ[PLANNED_IN] = str(PLANNED.path(RESULTS.planned))
    for warning in PLAN.warnings:
        logger.warning(warning)
    PACE = pace.Pace.of_this_machine(RUNS, RESULTS)
    logger.info(
        f"{PLAN.scale}: {pace.total(JOBS, PLAN, PACE)}",
        extra={"training": pace.expected(JOBS, PLAN, PACE)},
    )
    if PLAN.left_out:
        listing = mend.command("targets", overrides=config)
        logger.warning(f"left out: {', '.join(PLAN.left_out)}; {listing} says why")


def run_of(wildcards):
    """The run that a file is of, as a path on the command line may name any."""
    if wildcards.run not in RUNS:
        raise WorkflowError(
            f"{wildcards.run}: no run of scale {PLAN.scale}; monosemanticity runs --scale {PLAN.scale} lists them"
        )
    return wildcards.run


def companion_of(wildcards):
    """The run that a file is of, as a path on the command line may name any."""
    if wildcards.companion not in PLAN.companion_runs:
        raise WorkflowError(
            f"{wildcards.companion}: no companion run of scale {PLAN.scale}; monosemanticity runs --scale"
            f" {PLAN.scale} lists them"
        )
    return companion(PLAN.companion_runs[wildcards.companion])


def outdated(name):
    """What makes Snakemake do a job again whose result is there: an input that is newer."""
    return [RESULTS.outdated] if MAIN and name in JOBS.outdated else []


def why(name):
    """Why a job is done."""
    return "; ".join(JOBS.due(name)) or "asked for"


def cores():
    """Those of this machine to work with; none are known where the jobs go to a cluster."""
    try:
        return workflow.cores
    except WorkflowError:
        return None


# Jobs find this environment's programs also where it is not activated.
shell.prefix(
    f"set -euo pipefail; export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; "
)


report: "../report/workflow.rst"


wildcard_constraints:
    run="[^/]+",
    companion="[^/]+",
    batch="|".join(PLAN.batches),


def tried_again(command):
    """A job's command that is given another try where it was killed, as for want of memory: it resumes.

    What fails by itself would fail again. Snakemake removes a job's log as it begins: what stands in it is kept under
    another name too, that of params.tries.
    """
    lines = (
        '>> {params.tries:q}; ln -f {params.tries:q} {log:q} || ln -sf "$(basename {params.tries:q})" {log:q} || true',
        f"; tries=1; until {command} 2>> {{params.tries:q}}",
        "; do code=$?; [[ $code == 137 && $((tries++)) -lt 4 ]] || exit $code; done",
    )
    return "".join(lines)


def remove_saved_states():
    """Remove the saved states of finished runs, once no job is left that could fail.

    Of a submission that fails on a cluster, Snakemake removes all results, those of its finished runs too.
    """
    for run in RUNS:
        saved_state.remove(RESULTS.run(run))
    for run in PLAN.companion_runs:
        saved_state.remove(RESULTS.companion(run), paths.TRACE)


onstart:
    if workflow.rerun_triggers != {RerunTrigger.MTIME}:
        raise WorkflowError(
            "what is to be done is read off the results, and snakemake must not judge them otherwise: leave"
            " profiles/default/config.yaml in use, or say --rerun-triggers mtime --max-checksum-file-size 0"
        )
    try:
        PLANNED.write(RESULTS.planned)
        JOBS.keep_definitions()
        JOBS.date_back()
    except UserError as error:
        raise WorkflowError(str(error)) from None


onsuccess:
    remove_saved_states()
    logger.info(f"{PLAN.scale}: results are in {RESULTS.root}")


onerror:
    remove_saved_states()
    page = mend.command("report", overrides=config)
    logger.info(
        f"{PLAN.scale}: for the page of what is there, figures and claims: {page}"
    )
