"""The stages of the workflow: where each starts in the code, and so what its results are of.

What the definitions named here reach is what the results depend on. What stands around them counts for no result:
reading the configuration, planning, locks, saving and resuming, signals, progress, the command line. None of it can
change a number; `tests/identity/test_soundness.py` holds what a job really executes against what is reached.
"""

from collections.abc import Iterable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity.code import FOLDER, Code, code_of
from monosemanticity.identity.digests import digest
from monosemanticity.identity.stamp import Stamp

if TYPE_CHECKING:  # what trains and measures need not load the plan and the figures
    from monosemanticity.experiment.companion import CompanionSpec
    from monosemanticity.experiment.companions import Experiment
    from monosemanticity.experiment.figures import Figure
    from monosemanticity.experiment.plan import Plan

TRAINING = ("training.trajectory.start", "training.trajectory.follow", "training.loss_trace.TRACE")
MEASURING = (
    "model.trained.model_of",
    "measures.measure.of_models",
    "measures.measure.of_neurons",
    "measures.measure.of_features",
    "measures.measured.MEASURES",
    "measures.measured.NEURONS",
    "measures.measured.FEATURES",
)
TABLES = ("tables.tables.write",)
FIGURES = ("figures.draw.picture", "figures.draw.save")
CLAIMS = ("claims.decisions.decisions", "claims.report.table", "claims.report.as_markdown")
COMPANION_TRAINING = ("companions.trajectory.start", "companions.trajectory.follow", "companions.trajectory.TRACES")
EXPERIMENT = ("companions.measuring.measured", "companions.measuring.card", "companions.measuring.as_table")
COMPANION_FIGURE = ("companions.draw.picture", "figures.draw.save")
REPORT = ("report.page.write",)
COMPANION_CLAIMS = ("companions.claims.decisions", "claims.report.table", "claims.report.as_markdown")

READ = "what is read is what was written, in whatever form; stamp.SCHEMA_VERSION is of the form"
PLUMBING = {
    "companions.runs": READ,
    "errors": "what is said when there is no result",
    "identity.stages": "says what results are of",
    "identity.stamp": "carries it",
    "results.checkpoints": READ,
    "results.environment": "says what made a result",
    "results.parquet": READ,
    "results.paths": "says where files lie",
    "results.refusal": "what is said when there is no result",
    "results.run_record": READ,
    "results.tensors": READ,
    "results.whole_files": "files are written whole, or not at all",
    "tables.bounds": "refuses what is too large",
}
"""Modules that stages use and that change no result, and why."""
BEFORE_TABLES = {"measures.measured": READ}
"""Besides, for tables."""
PLANNED = "the stamps of the results are of it"
OF_A_RESULT = "its code is part of the stamp of a result that the report reads"
BEFORE_REPORT = {
    "workflow.jobs": "says what is there",
    "workflow.mend": "says how it is made",
    "identity.history": "says what made it",
    "bounded": "refuses files, and changes none",
    "results.heads": READ,
    "experiment.canonical": PLANNED,
    "experiment.companion": PLANNED,
    "experiment.companions": PLANNED,
    "experiment.plan": PLANNED,
    "experiment.spec": PLANNED,
    "experiment.quantities": "spells numbers as the plan does",
    "figures.captions": OF_A_RESULT,
    "claims.claim": OF_A_RESULT,
    "claims.decisions": OF_A_RESULT,
    "claims.quantity": OF_A_RESULT,
    "claims.report": OF_A_RESULT,
    "claims.runs": OF_A_RESULT,
    "companions.catalogue": OF_A_RESULT,
    "companions.claims": OF_A_RESULT,
    "companions.incidental.represented": OF_A_RESULT,
    "companions.superposition.model": OF_A_RESULT,
    "companions.superposition.neurons": OF_A_RESULT,
    "measures.measured": OF_A_RESULT,
    "measures.monosemanticity": OF_A_RESULT,
    "measures.neurons": OF_A_RESULT,
    "measures.polysemantic": OF_A_RESULT,
    "measures.responses": OF_A_RESULT,
    "model.trained": OF_A_RESULT,
    "training.loss_trace": OF_A_RESULT,
}
"""Besides, for the report."""
ASSETS = FOLDER / "report" / "assets"
PARTS = {".html", ".js", ".css", ".yaml"}
"""Its template, scripts, styles and what it says of the paper's figures."""
BEFORE_COMPANIONS = {"companions.measuring": READ, "companions.results": READ}
"""Besides, for figures and claims of the companion studies."""
CHOOSING = ("task", "activation", "distribution", "precision", "form")
"""The fields of a run that choose one of several alternatives of the code."""


def code_of_training(spec: RunSpec) -> Code:
    """The code that a run depends on: its own task, activation, distribution, precision and form."""
    return code_of(TRAINING, PLUMBING, **_choice([spec]))


def code_of_measuring(spec: RunSpec) -> Code:
    """The code that a run's measures depend on, without that of the run itself."""
    return code_of(MEASURING, PLUMBING, **_choice([spec]))


def code_of_tables() -> Code:
    """The code that tables depend on, without that of the runs in them."""
    return code_of(TABLES, PLUMBING | BEFORE_TABLES)


def code_of_figure(figure: "Figure", plan: "Plan") -> Code:
    """The code that a figure depends on, without that of its runs: its kind, and the words for its numbers."""
    specs = plan.specs_of(figure)
    given = [spec.model_dump(exclude_defaults=True, exclude={"seed"}) for spec in specs]
    swept = [plan.batches[name].swept for name in figure.batches()]
    fields = {field for part in [*given, *swept, figure.derived()] for field in part}
    values = {value for spec in specs for value in spec.model_dump().values() if isinstance(value, str)}
    return code_of(FIGURES, PLUMBING, kind=[figure.kind], field=fields, value=values, **_choice(specs))


def code_of_claims() -> Code:
    """The code that decides the paper's claims."""
    return code_of(CLAIMS, PLUMBING)


def code_of_companion_training(spec: "CompanionSpec") -> Code:
    """The code that a run of a companion study depends on."""
    return code_of(COMPANION_TRAINING, PLUMBING, **_choice_of(spec))


def code_of_experiment(experiment: "Experiment") -> Code:
    """The code that the table of an experiment depends on, without that of its runs."""
    return code_of(EXPERIMENT, PLUMBING, study=[experiment.study])


def code_of_companion_figure(name: str) -> Code:
    """The code that a figure of a companion study depends on, without that of its experiments."""
    return code_of(COMPANION_FIGURE, PLUMBING | BEFORE_COMPANIONS, name=[name])


def code_of_companion_claims() -> Code:
    """The code that decides the claims of the companion studies."""
    return code_of(COMPANION_CLAIMS, PLUMBING | BEFORE_COMPANIONS)


def code_of_report() -> Code:
    """The code that writes the page of a scale's results."""
    return code_of(REPORT, PLUMBING | BEFORE_TABLES | BEFORE_COMPANIONS | BEFORE_REPORT)


@cache
def of_training(spec: RunSpec) -> Stamp:
    """The stamp of a run's files."""
    return Stamp(spec.digest, code_of_training(spec).digest)


@cache
def of_measuring(spec: RunSpec) -> Stamp:
    """The stamp of a run's measures and neurons."""
    return Stamp(spec.digest, code_of_measuring(spec).digest, _made_from([of_training(spec)]))


def of_tables(plan: "Plan") -> Stamp:
    """The stamp of the tables of a plan's runs."""
    return Stamp(plan.digest, code_of_tables().digest, _made_from(map(of_measuring, plan.runs.values())))


def of_batch_tables(batch: str, plan: "Plan") -> Stamp:
    """The stamp of the tables of a batch: those of the plan of it alone."""
    return of_tables(plan.only([batch]))


def of_figure(figure: "Figure", caption: str, plan: "Plan") -> Stamp:
    """The stamp of a figure: its content, its caption and its runs, the code of its kind, and what it shows."""
    specs = plan.specs_of(figure)
    asked = [figure.model_dump(mode="json"), caption, [spec.digest for spec in specs]]
    if figure.reads == "train":
        read = [of_training(spec) for spec in specs]
    else:
        read = [of_batch_tables(batch, plan) for batch in figure.batches()]
    return Stamp(digest(asked), code_of_figure(figure, plan).digest, _made_from(read))


def of_claims(plan: "Plan") -> Stamp:
    """The stamp of the decided claims."""
    read = [of_batch_tables(batch, plan) for batch in plan.batches]
    return Stamp(plan.digest, code_of_claims().digest, _made_from(read))


@cache
def of_companion_training(spec: "CompanionSpec") -> Stamp:
    """The stamp of the files of a run of a companion study."""
    return Stamp(spec.digest, code_of_companion_training(spec).digest)


def of_experiment(experiment: "Experiment") -> Stamp:
    """The stamp of the table of an experiment."""
    runs = [of_companion_training(spec) for spec in experiment.specs]
    return Stamp(digest([experiment.study]), code_of_experiment(experiment).digest, _made_from(runs))


def of_companion_figure(name: str, caption: str, experiments: Iterable["Experiment"]) -> Stamp:
    """The stamp of a figure of a companion study."""
    return Stamp(
        digest([name, caption]), code_of_companion_figure(name).digest, _made_from(map(of_experiment, experiments))
    )


def of_companion_claims(plan: "Plan") -> Stamp:
    """The stamp of the decided claims of the companion studies."""
    names = [[each.study, each.name] for each in plan.experiments]
    return Stamp(digest(names), code_of_companion_claims().digest, _made_from(map(of_experiment, plan.experiments)))


def of_report(read: Iterable[Stamp]) -> Stamp:
    """The stamp of the page of some results."""
    parts = [path for path in sorted(ASSETS.rglob("[!.]*")) if path.suffix in PARTS]
    asked = {path.relative_to(ASSETS).as_posix(): path.read_text(encoding="utf-8") for path in parts}
    return Stamp(digest(asked), code_of_report().digest, _made_from(read))


def _made_from(stamps: Iterable[Stamp]) -> str:
    return digest([stamp.short for stamp in stamps])


def _choice_of(spec: "CompanionSpec") -> dict[str, set[str]]:
    """What chooses in a run of a companion study: every field that is a name."""
    return {field: {value} for field, value in spec.model_dump().items() if isinstance(value, str)}


def _choice(specs: Iterable[RunSpec]) -> dict[str, set[str]]:
    chosen = {attrgetter(*CHOOSING)(spec) for spec in specs}
    return {field: set(values) for field, values in zip(CHOOSING, zip(*chosen, strict=True), strict=True)}
