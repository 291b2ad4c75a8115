# The configuration, checked whole before anything is planned, and what follows from it.

import json
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from monosemanticity import failures, layout, leftovers, provenance
from monosemanticity.captions import caption
from monosemanticity.config_file import read_config
from monosemanticity.errors import UserError
from monosemanticity.figures.origin import of_figure
from monosemanticity.layout import Layout
from monosemanticity.plan import make_plan

try:
    # `config` holds what --config and --configfile give; config.yaml is read here, so that a key given twice is seen.
    CONFIG = read_config(Path("config.yaml"), overrides=config)
    PLAN = make_plan(CONFIG)
except UserError as error:
    raise WorkflowError(str(error)) from None


def override(wildcards, output):
    """What a job's own reading of config.yaml has to be told.

    Params that take the output trigger no rerun: what an override changes of a job is in its inputs and other params.
    """
    return json.dumps(config, sort_keys=True)


def digest_of_code(modules):
    """Of the modules of a stage and of what they import: another one makes Snakemake do its jobs again."""
    return provenance.digest(provenance.code(*modules))


def cores():
    """Those of this machine to work with; none are known where the jobs go to a cluster."""
    try:
        return workflow.cores
    except WorkflowError:
        return None


def jobs_per_gpu(wildcards, output):
    """How jobs share graphics cards; as it takes the output, another number runs nothing again."""
    return CONFIG.jobs_per_gpu


# Jobs find this environment's programs also where it is not activated.
shell.prefix(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; ")

RUNS = PLAN.runs
RESULTS = Layout(Path("results"), PLAN.scale)


report: "../report/workflow.rst"


wildcard_constraints:
    run="[^/]+",


def remove_leftovers():
    """Take away what finished runs would go on from, once no job is left that could fail.

    Of a submission that fails on a cluster, Snakemake removes all results, those of its finished runs too.
    """
    for run in RUNS:
        leftovers.remove(RESULTS.run(run))


onsuccess:
    remove_leftovers()


onerror:
    remove_leftovers()
    for file in log:
        print(
            failures.summary(Path(file).read_text(encoding="utf-8")),
            file=sys.stderr,
        )
