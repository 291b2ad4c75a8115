"""What a change touches: a copy of a finished project is edited, and what would run again is held against what should.

`pytest tests/end_to_end/test_reruns.py` prints the table at its end, edit by edit, as it came out.
"""

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from helpers.contributing import ADDITIONS
from helpers.edits import PACKAGE, Add, Edit, Rename, Replace
from helpers.figures import shipped_figures
from helpers.project import copied, make_repository, planned_jobs, run_in, snakemake
from monosemanticity.companions import catalogue
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.experiment.spec import RunSpec

FIGURES = set(shipped_figures())
COMPANION_FIGURES = {name for figures in catalogue.FIGURES.values() for name in figures}
OWN = {"tables": 1, "claims": 1, "report": 1}
"""What all runs come to, whatever of them changes."""

COMPANION_RUNS = ("incidental-", "superposition-")
"""What the names of their runs begin with."""

Jobs = dict[str, int]
"""How many jobs of each rule."""


@pytest.fixture(scope="module")
def finished(smoke: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole workflow, done, in a folder of its own."""
    return copied(smoke, tmp_path_factory.mktemp("reruns") / "finished")


@pytest.fixture
def edited(finished: Path, smoke: Path) -> Iterator[Path]:
    """The finished project, to be edited; its files are put back afterwards, its results are only read."""
    yield finished
    for part in ("src", "workflow"):
        shutil.rmtree(finished / part)
        copied(smoke / part, finished / part)
    shutil.copy2(smoke / "config.yaml", finished / "config.yaml")


def plan_of(folder: Path, **override: object) -> Plan:
    return make_plan(read_config(folder / "config.yaml", {"scale": "smoke"} | override))


def no_jobs(plan: Plan) -> Jobs:
    return {}


def figures(names: Collection[str]) -> Callable[[Plan], Jobs]:
    return lambda plan: dict.fromkeys(names, 1)


def of_kind(*kinds: str) -> Callable[[Plan], Jobs]:
    return figures([name for name, figure in shipped_figures().items() if figure.kind in kinds])


def runs(chosen: Callable[[RunSpec], bool]) -> Callable[[Plan], Jobs]:
    """Some runs trained again, and all that shows them made again."""

    def jobs(plan: Plan) -> Jobs:
        again = {run_id for run_id, spec in plan.runs.items() if chosen(spec)}
        assert again
        batches = {batch for run_id in again for batch in plan.places[run_id]}
        shown = [
            name
            for name, figure in shipped_figures().items()
            if again & {spec.run_id for spec in plan.specs_of(figure)}
            or (figure.reads == "tables" and batches & set(figure.batches()))
        ]
        counted = {"train": len(again), "measure": len(again), "batch_tables": len(batches)}
        return counted | OWN | dict.fromkeys(shown, 1)

    return jobs


def companions(chosen: Callable[[CompanionSpec], bool]) -> Callable[[Plan], Jobs]:
    """Some runs of the companion studies trained again, and what is made of them."""

    def jobs(plan: Plan) -> Jobs:
        again = {run_id for run_id, spec in plan.companion_runs.items() if chosen(spec)}
        experiments = [each for each in plan.experiments if again & {spec.run_id for spec in each.specs}]
        return {"companion_train": len(again)} | measured_again([(each.study, each.name) for each in experiments], plan)

    return jobs


def companion_measures(study: str) -> Callable[[Plan], Jobs]:
    """Every experiment of a study measured again, and what is made of them."""
    return lambda plan: measured_again([(study, name) for name in plan.companions[study]], plan)


def measured_again(experiments: Collection[tuple[str, str]], plan: Plan) -> Jobs:
    """Experiments, and the figures and claims that read them."""
    shown = [
        name
        for name, planned in catalogue.figures(plan).items()
        if any((planned.study, each) in experiments for each in planned.figure.experiments)
    ]
    rules = [f"{study}_{name}" for study, name in experiments]
    return dict.fromkeys([*rules, *shown, "companion_claims"], 1)


every_run = runs(lambda spec: True)


def every_table(plan: Plan) -> Jobs:
    """All tables, and what is made of them."""
    shown = [name for name, figure in shipped_figures().items() if figure.reads == "tables"]
    return {"batch_tables": len(plan.batches)} | OWN | dict.fromkeys(shown, 1)


def measuring(*kinds: str) -> Callable[[Plan], Jobs]:
    """Every run measured again, and what is made of measures, and besides some kinds of figures."""

    def jobs(plan: Plan) -> Jobs:
        shown = [name for name, figure in shipped_figures().items() if figure.reads == "tables" or figure.kind in kinds]
        return {"measure": len(plan.runs), "batch_tables": len(plan.batches)} | OWN | dict.fromkeys(shown, 1)

    return jobs


NEW_PRECISION = [
    Replace("experiment/spec.py", '"tf32", "bfloat16"]', '"tf32", "bfloat16", "float16"]'),
    Replace(
        "training/devices.py",
        '    "bfloat16": _processor_bfloat16,',
        '    "bfloat16": _processor_bfloat16,\n    "float16": _half,',
    ),
    Replace(
        "training/devices.py",
        '    "bfloat16": _card_bfloat16,',
        '    "bfloat16": _card_bfloat16,\n    "float16": _half,',
    ),
    Replace(
        "training/devices.py",
        "def _card_float32(",
        "def _half() -> Products:\n    raise NotImplementedError\n\n\ndef _card_float32(",
    ),
]
NEW_FORM = [
    Replace("experiment/spec.py", '"dense", "gram"]', '"dense", "gram", "sketched"]'),
    Add(
        "training/sketched_gradient.py",
        "from monosemanticity.training.gradient import Gradient\n\n\n"
        "class SketchedGradient(Gradient):\n    cache_share = 0.5\n",
    ),
    Replace(
        "training/run.py",
        "from monosemanticity.training.schedule",
        "from monosemanticity.training.sketched_gradient import SketchedGradient\n"
        "from monosemanticity.training.schedule",
    ),
    Replace("training/run.py", '"gram": GramGradient}', '"gram": GramGradient, "sketched": SketchedGradient}'),
]
NEW_OPTION = [
    Replace(
        "commands/train.py",
        '    parser.add_argument("--threads"',
        '    parser.add_argument("--nice", type=count)\n    parser.add_argument("--threads"',
    ),
    Replace("workflow/rules/train.smk", " --keep-resume", " --keep-resume --nice 1"),
]
NEW_FIELD = [
    Replace(
        "experiment/spec.py",
        "    seed: Seed = Field(",
        '    momentum: NonNegative = Field(default=0.0, description="of nothing yet", examples=[0])\n'
        "    seed: Seed = Field(",
    ),
]
MOVED = [
    Replace("training/schedule.py", "T_MAX = 512\n", ""),
    Replace(
        "training/schedule.py", "import math\n", "import math\n\nfrom monosemanticity.training.period import T_MAX\n"
    ),
    Add("training/period.py", "T_MAX = 512\n"),
    Replace("training/gradient.py", "        self.slices = _equal_parts(", "        self.slices = equal_parts("),
    Replace(
        "training/gradient.py",
        "import torch\n",
        "import torch\n\nfrom monosemanticity.training.parts import equal_parts\n",
    ),
]
RENAMED_FUNCTION = [
    Replace("training/gradient.py", "def _equal_parts(", "def _alike("),
    Replace("training/gradient.py", "self.slices = _equal_parts(", "self.slices = _alike("),
]

TABLE: dict[str, tuple[list[Edit], Callable[[Plan], Jobs]]] = {
    "a new activation": (ADDITIONS["an activation"], no_jobs),
    "a new task": (ADDITIONS["a task"], no_jobs),
    "a new distribution": (ADDITIONS["a distribution"], no_jobs),
    "a new precision": (NEW_PRECISION, no_jobs),
    "a new form of the gradient": (NEW_FORM, no_jobs),
    "a new kind of figure": (ADDITIONS["a kind of figure"], no_jobs),
    "a new claim": (ADDITIONS["a claim"], lambda plan: {"claims": 1}),
    "a claim": (
        [Replace("claims/tasks.py", "*ABOUT_ONE, ours=True),\n        Quantity", "*ABOUT_ONE),\n        Quantity")],
        lambda plan: {"claims": 1},
    ),
    "a new option of a command, and a rule that gives it": (NEW_OPTION, no_jobs),
    "a new field of a run, neutral": (NEW_FIELD, no_jobs),
    "GeLU": (
        [Replace("model/nonlinearities.py", "mul_(-0.5).exp_()", "mul_(-0.5).exp_().mul_(1)")],
        runs(lambda spec: spec.activation == "gelu"),
    ),
    "the absolute value task": (
        [Replace("model/tasks.py", "    share = 0.5\n", "    share = 1 / 2\n")],
        runs(lambda spec: spec.task == "abs"),
    ),
    "the Gram form": (
        [Replace("training/gram_gradient.py", "cache_share = 1 / 4", "cache_share = 1 / 8")],
        runs(lambda spec: spec.form == "gram"),
    ),
    "power-law frequencies": (
        [Replace("experiment/frequencies.py", "EXPONENT = 1.1", "EXPONENT = 1.2")],
        runs(lambda spec: spec.distribution == "power-law"),
    ),
    "LAMB": ([Replace("training/lamb.py", "ratio = 1.0", "ratio = 1")], every_run),
    "the schedule": ([Replace("training/schedule.py", "T_MAX = 512", "T_MAX = 500")], every_run),
    "the sampler of a processor": (
        [
            Replace(
                "model/sampling.py",
                "counts = random.binomial(rows, frequency)",
                "counts = random.binomial(rows, frequency) + 0",
            )
        ],
        every_run,
    ),
    "how often losses are recorded": (
        [Replace("training/trajectory.py", "LOSS_EVERY = 16", "LOSS_EVERY = 8")],
        every_run,
    ),
    "the threshold r > 0.999": (
        [Replace("measures/monosemanticity.py", "\nMONOSEMANTIC = 0.999", "\nMONOSEMANTIC = 0.99")],
        measuring("response", "heat"),
    ),
    "a measure": ([Replace("measures/neurons.py", "model.b > POSITIVE_BIAS", "model.b >= POSITIVE_BIAS")], measuring()),
    "a new measure": (ADDITIONS["a measure"], measuring()),
    "a caption": (
        [Replace("workflow/figures.yaml", "Monosemanticity of the neurons of one", "Neurons of one")],
        figures(["fig02"]),
    ),
    "a kind of figure": ([Replace("figures/heat.py", 'label="activation"', 'label="activation h"')], of_kind("heat")),
    "what pictures ask of a model": (
        [
            Replace(
                "measures/polysemantic.py",
                "return model.P @ model.W1[:, among]",
                "return 1 * model.P @ model.W1[:, among]",
            )
        ],
        of_kind("matrix"),
    ),
    "the common look": ([Replace("figures/style.py", "DPI = 320", "DPI = 321")], figures(FIGURES | COMPANION_FIGURES)),
    "a library's call in a table": ([Replace("tables/plateau.py", '"loss"].mean()', '"loss"].median()')], every_table),
    "noise of a companion study": (
        [Replace("companions/incidental/training.py", "2.0 * random.integers(2", "2.0 * 1 * random.integers(2")],
        companions(lambda spec: spec.model_dump().get("noise") == "bernoulli"),
    ),
    "the loss of a companion study": (
        [
            Replace(
                "companions/superposition/theory.py", "spec.importance ** np.arange", "1 * spec.importance ** np.arange"
            )
        ],
        companions(lambda spec: spec.study == "superposition"),
    ),
    "a threshold of a companion study": (
        [Replace("companions/incidental/measures.py", "DROPPED_OUT = 0.5", "DROPPED_OUT = 0.4")],
        companion_measures("incidental"),
    ),
    "a figure of a companion study": (
        [Replace("companions/incidental/figures/winners.py", "RANKS = 10", "RANKS = 12")],
        figures(["incidental4"]),
    ),
    "a claim of a companion study": (
        [Replace("companions/incidental/claims.py", "LAST = 0.05", "LAST = 0.06")],
        lambda plan: {"companion_claims": 1},
    ),
    "the look of the report": (
        [Replace("report/assets/page.css", "h1 { font-size: 1.7rem", "h1 { font-size: 1.8rem")],
        lambda plan: {"report": 1},
    ),
    "what the report says of a claim": (
        [Replace("report/verdicts.py", "0.12 * (last - first)", "0.1 * (last - first)")],
        lambda plan: {"report": 1},
    ),
    "the text of an error": (
        [
            Replace("training/trajectory.py", "diverged by step", "has diverged by step"),
            Replace("experiment/spec.py", "d may be at most N", "take at most N"),
            Replace("results/refusal.py", '"missing"', '"not there"'),
        ],
        no_jobs,
    ),
    "a line of a log": ([Replace("training/train.py", "is there already", "was there already")], no_jobs),
    "a lock's poll interval": ([Replace("results/locks.py", "BETWEEN_TRIES = 0.2", "BETWEEN_TRIES = 0.5")], no_jobs),
    "how often a run saves itself": ([Replace("training/saving.py", "SAVE_EVERY = 60", "SAVE_EVERY = 30")], no_jobs),
    "the progress that is shown": (
        [Replace("training/progress.py", "LINES_IN_A_LOG = 10", "LINES_IN_A_LOG = 5")],
        no_jobs,
    ),
    "a docstring, a comment, the layout": (
        [
            Replace("training/lamb.py", "The same on a processor, in", "In"),
            Replace("training/trajectory.py", "LOSS_EVERY = 16", "LOSS_EVERY = (\n    16  # steps\n)"),
            Replace("figures/heat.py", "Neurons down", "All neurons down"),
        ],
        no_jobs,
    ),
    "an annotation": (
        [
            Replace(
                "training/schedule.py",
                "def cosine_annealed(learning_rate: float, step: int) -> float:",
                "def cosine_annealed(learning_rate, step):",
            )
        ],
        no_jobs,
    ),
    "a field's description": (
        [Replace("experiment/spec.py", "samples in a training step", "samples of a step")],
        no_jobs,
    ),
    "a rule's message and memory": (
        [
            Replace("workflow/rules/train.smk", '"train {wildcards.run}', '"training {wildcards.run}'),
            Replace("workflow/rules/train.smk", "mem_mb=1000", "mem_mb=1500"),
        ],
        no_jobs,
    ),
    "the text of a message of a command": (
        [Replace("workflow/pace.py", "; the others", "; those left")],
        no_jobs,
    ),
    "a module renamed": ([Rename("model/sparse_loops", "model/loops")], no_jobs),
    "a function moved": (MOVED, no_jobs),
    "a function renamed": (RENAMED_FUNCTION, no_jobs),
}


BY_SNAKEMAKE = (
    *("GeLU", "a measure", "a library's call in a table", "a claim", "a caption", "a kind of figure"),
    *("the text of an error", "a new field of a run, neutral"),
    *("a new option of a command, and a rule that gives it", "a rule's message and memory"),
)
"""One edit of each class, and those of the rules and of what these give to jobs, which `why` does not see."""


@pytest.mark.parametrize("change", TABLE)
def test_a_change_does_again_what_it_touches(
    change: str, edited: Path, what_was_touched: Callable[[str, Jobs, Jobs], None]
) -> None:
    expected, listed = make(change, edited), due_by_why(edited)
    what_was_touched(change, expected, listed)
    assert listed == expected


@pytest.mark.parametrize("change", BY_SNAKEMAKE)
def test_snakemake_does_again_what_a_change_touches(change: str, edited: Path) -> None:
    assert make(change, edited) == due(edited)


def make(change: str, project: Path) -> Jobs:
    """Make a change, and say which jobs it should do again."""
    edits, wanted = TABLE[change]
    if change == "a function moved":
        move_a_function(project)
    for edit in edits:
        edit.apply(project)
    jobs = wanted(plan_of(project))
    return jobs | ({"report": 1} if jobs else {})


def move_a_function(project: Path) -> None:
    """A function in a module of its own."""
    gradient = project / PACKAGE / "training/gradient.py"
    text = gradient.read_text()
    function = re.search(r"def _equal_parts\(.*\Z", text, re.DOTALL)[0]
    gradient.write_text(text.replace(function, ""))
    (project / PACKAGE / "training/parts.py").write_text(function.replace("_equal_parts", "equal_parts"))


def due(folder: Path, *targets: str, settings: tuple[str, ...] = ()) -> Jobs:
    """Jobs that Snakemake would run, by rule."""
    dry_run = snakemake(folder, *targets, "--dry-run", settings=settings)
    output = dry_run.stdout + dry_run.stderr
    assert dry_run.returncode == 0, output[-3000:]
    if "Nothing to be done" in output:
        return {}
    return {rule: count for rule, count in planned_jobs(dry_run.stdout).items() if rule != "all"}


NAMED = r"(tables \S+|experiment \S+ \S+|\S+)"
"""A run, or a job of another kind, as `why` names it."""


def due_by_why(folder: Path) -> Jobs:
    """Jobs that would run by what `monosemanticity why` says."""
    jobs: Jobs = {}
    for line in why(folder).splitlines():
        if said := re.match(rf"{NAMED}(?: and (\d+) more)? would be (trained|measured|made again):", line):
            name, more, what = said.groups()
            if name.startswith("experiment "):
                rule = name.removeprefix("experiment ").replace(" ", "_")
            elif what == "made again":
                rule = "batch_tables" if " " in name else name
            elif name.startswith(COMPANION_RUNS):
                rule = "companion_train"
            else:
                rule = {"trained": "train", "measured": "measure"}[what]
            jobs[rule] = jobs.get(rule, 0) + 1 + int(more or 0)
    return jobs


def why(folder: Path, *arguments: str) -> str:
    said = run_in(folder, "monosemanticity", "why", *arguments, "--scale", "smoke")
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_nothing_runs_again_in_a_fresh_clone_or_after_a_touch(edited: Path) -> None:
    for part in ("src", "workflow", "config.yaml", "Snakefile"):
        for path in [edited / part, *(edited / part).rglob("*")]:
            os.utime(path)
    assert due(edited) == {}
    assert why(edited).splitlines() == [
        f"{name} is up to date"
        for name in [
            *sorted(FIGURES),
            "tables",
            "claims",
            "companion_claims",
            *catalogue.figures(plan_of(edited)),
            "report",
        ]
    ]


def test_nothing_runs_again_where_the_workflows_memory_is_lost(edited: Path) -> None:
    (edited / ".snakemake").rename(edited / "memory")
    assert due(edited) == {}
    shutil.rmtree(edited / ".snakemake")
    (edited / "memory").rename(edited / ".snakemake")


def test_why_names_what_changed_and_the_way_to_it(edited: Path) -> None:
    Replace("training/schedule.py", "T_MAX = 512", "T_MAX = 500").apply(edited)
    said = why(edited, "fig03")
    changed = r"    training\.schedule\.T_MAX: changed \(reached by \S.* > training\.schedule\.cosine_annealed\)"
    assert re.search(rf" would be trained:\n{changed}\n", said)
    assert "fig03 would be made again:\n" in said


@pytest.mark.parametrize("name", ["fig02", "fig03", "tables", "claims", "LR1"])
def test_why_explains_any_result_and_what_it_is_made_from(edited: Path, name: str) -> None:
    Replace("experiment/activations.py", "np.maximum(e, 0)", "np.maximum(e, 0.0)").apply(edited)
    assert "    experiment.activations.relu: changed (reached by " in why(edited, name)


def test_a_caption_is_said_to_have_changed(edited: Path) -> None:
    Replace("workflow/figures.yaml", "Monosemanticity of the neurons of one", "Neurons of one").apply(edited)
    assert why(edited, "fig02").startswith("fig02 would be made again:\n    fig02.png: what is asked for has changed")


def test_a_batchs_number_trains_its_new_runs_and_redraws_its_figures(
    edited: Path, what_was_touched: Callable[[str, Jobs, Jobs], None]
) -> None:
    before = plan_of(edited)
    Replace("config.yaml", "l1: [1e-7,", "l1: [2e-7,").apply(edited)
    new = plan_of(edited).runs.keys() - before.runs.keys()
    assert len(new) == 1
    shown = [name for name in FIGURES if "RG1" in shipped_figures()[name].batches()]
    expected = {"train": 1, "measure": 1, "batch_tables": 1} | OWN | dict.fromkeys(shown, 1)
    listed = due(edited)
    what_was_touched("config.yaml: one value of a sweep", expected, listed)
    assert listed == expected
    assert f"{new.pop()} would be trained:\n    run.json is not there\n" in why(edited)


def test_a_new_seed_trains_its_own_runs_alone(edited: Path) -> None:
    new = plan_of(edited, seeds=[0, 1]).runs.keys() - plan_of(edited).runs.keys()
    jobs = due(edited, settings=("seeds=[0,1]",))
    assert jobs.pop("train") == jobs.pop("measure") == len(new) == len(plan_of(edited).runs)
    of_every_seed = {name for name, figure in shipped_figures().items() if figure.whole_batches()}
    assert of_every_seed <= jobs.keys() <= FIGURES | OWN.keys() | {"batch_tables"}


def test_results_of_other_code_are_made_again_also_after_touch_and_without_memory(smoke: Path, tmp_path: Path) -> None:
    folder = copied(smoke, tmp_path / "project")
    Replace("training/schedule.py", "T_MAX = 512", "T_MAX = 500").apply(folder)
    touched = snakemake(folder, "--touch")
    assert touched.returncode == 0, touched.stderr[-3000:]
    shutil.rmtree(folder / ".snakemake")
    runs = len(plan_of(folder).specs_of(shipped_figures()["fig21"]))
    assert due(folder, "fig21") == {"train": runs, "measure": runs, "batch_tables": 1, "fig21": 1}
    drawn = snakemake(folder, "fig21")
    assert drawn.returncode == 0, drawn.stderr[-3000:]
    assert due(folder, "fig21") == {}
    assert why(folder, "fig21") == "fig21 is up to date\n"


def test_what_an_edit_would_cost_is_said_before_it_is_run(edited: Path) -> None:
    make_repository(edited)
    file = PACKAGE / "model/nonlinearities.py"
    assert "0 runs would be trained" in why(edited, "--change", str(file))
    Replace("model/nonlinearities.py", "mul_(-0.5).exp_()", "mul_(-0.5).exp_().mul_(1)").apply(edited)
    gelu = sum(spec.activation == "gelu" for spec in plan_of(edited).runs.values())
    for change in (str(file), "HEAD"):
        said = why(edited, "--change", change)
        assert said.startswith("model.nonlinearities.GeLU.forward: changed (reached by training.trajectory.")
        assert re.search(rf"\n{gelu} runs would be trained, \S+ core-hours .*; made again: .*\bfig13\b", said)
    unknown = run_in(edited, "monosemanticity", "why", "--change", "no-such-revision", "--scale", "smoke")
    assert unknown.returncode == 1
    assert "no such revision" in unknown.stderr
    shutil.rmtree(edited / ".git")


def test_a_librarys_version_reruns_nothing_and_is_said_where_the_runs_of_a_figure_differ(
    smoke: Path, tmp_path: Path
) -> None:
    folder = copied(smoke, tmp_path / "project")
    run = plan_of(folder).specs_of(shipped_figures()["fig03"])[0].run_id
    record = folder / "results/smoke/runs" / run / "run.json"
    record.write_text(re.sub(r'"torch": "[^"]*"', '"torch": "1.0"', record.read_text()))
    os.utime(record, (1, 1))
    assert due(folder) == {}
    said = why(folder, "fig03", "fig21")
    assert re.search(r"fig03 is up to date\n    its runs were not all made with the same: torch 1.0 \(1 run\), ", said)
    assert said.endswith("fig21 is up to date\n")
    assert run_in(folder, "monosemanticity", "figure", "fig03", "--scale", "smoke").returncode == 0
    assert "not all made with the same: torch 1.0" in (folder / "results/smoke/figures/fig03.md").read_text()
