"""What a job really executes lies in what its stage is found to reach: nothing that makes a number is overlooked.

Every function of the package that runs is recorded, and every entry that is taken of a table of alternatives. Compiled
functions (sparse_loops.py, lamb.py) are invisible to Python's profiler; they are reached by name.
"""

import ast
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from helpers.training import CARD, start
from helpers.world import world
from monosemanticity.claims import report
from monosemanticity.claims.decisions import decisions
from monosemanticity.companions import best_models, catalogue
from monosemanticity.companions import claims as companion_claims
from monosemanticity.companions import draw as companion_draw
from monosemanticity.companions import measuring as companion_measuring
from monosemanticity.companions import runs as companion_runs
from monosemanticity.companions import train as companion_training
from monosemanticity.companions.results import Results as CompanionResults
from monosemanticity.companions.results import of_studies
from monosemanticity.experiment.companions import Experiment
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures import draw
from monosemanticity.figures.results import Results
from monosemanticity.identity import stages
from monosemanticity.identity.code import FOLDER, PACKAGE, Code, this_program
from monosemanticity.identity.names import Own
from monosemanticity.identity.program import Part
from monosemanticity.identity.reach import spelled
from monosemanticity.measures import measuring
from monosemanticity.report import page
from monosemanticity.report.sources import Sources
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.training.train import train
from monosemanticity.training.trajectory import follow
from monosemanticity.workflow.jobs import Jobs

CONFIG = Path(__file__).parents[2] / "config.yaml"

AROUND = stages.PLUMBING | {
    "training.train": "writes what the trajectory gives",
    "training.saving": "decides when to save",
    "training.loss_trace": "what is read is what was written",
    "measures.measured": "what is read is what was written",
    "training.resume": "what is restored is what was saved",
    "results.locks": "one process at a time",
    "bounded": "refuses files, and changes none",
    "results.inside": "refuses links, and changes nothing",
    "results.divergence": "refuses what is known to diverge, and changes no result",
    "training.interruption": "stops between steps",
    "training.run.Run.state": "what is restored is what was saved",
    "training.run.Run.restore": "what is restored is what was saved",
    "training.run.Run._changing": "what is restored is what was saved",
    "experiment.spec.RunSpec.run_id": "says which run it is",
    "experiment.spec.RunSpec.digest": "says which run it is",
    "experiment.canonical.digest": "says which run it is",
    "experiment.spec.RunSpec._numbers_fit_together": "refuses numbers, and changes none",
    "experiment.spec.RunSpec.gram_is_possible": "refuses numbers, and changes none",
    "experiment.quantities": "the numbers that are read are those that are asked for",
    "training.devices.Device.description": "says what made a result",
    "training.progress": "shows how far a run is",
    "measures.measuring": "reads checkpoints and writes what measure gives",
    "identity.code": "says which code it is",
    "identity.reach": "says which code it is",
    "identity.digests": "says which code it is",
    "identity.program": "says which code it is",
    "identity.names": "says which code it is",
    "identity.changing": "says which code it is",
    "identity.lookups": "says which code it is",
    "identity.syntax": "says which code it is",
}
"""Modules that run around the stages and cannot change a result, and why."""

READING = AROUND | {
    "experiment.spec.RunSpec.n_outputs": "checks the shape of what is read",
    "experiment.spec.OUTPUTS[decoder]": "checks the shape of what is read",
    "experiment.spec.OUTPUTS[reprojector]": "checks the shape of what is read",
    "experiment.spec.OUTPUTS[abs]": "checks the shape of what is read",
    "experiment.spec._one_a_feature": "checks the shape of what is read",
    "experiment.spec._one_a_dimension": "checks the shape of what is read",
    "experiment.spec.RunSpec.checkpoint_steps": "which models a run has kept is a matter of its training",
    "experiment.plan.Plan.digest": "says whether tables are those that are asked for",
    "experiment.plan.Plan.only": "says whether tables are those that are asked for",
    "experiment.plan.Plan.runs": "says whether tables are those that are asked for",
}
"""The same for stages that read runs, or tables of them."""


COMPANIONS = READING | {
    "companions.train": "writes what the trajectory gives",
    "companions.measuring.write": "reads models and writes what is measured",
    "companions.measuring.read": "what is read is what was written",
    "companions.measuring.UNITS": "what is read is what was written",
    "companions.results": "what is read is what was written",
    "companions.incidental.training.IncidentalTraining.state": "what is restored is what was saved",
    "companions.superposition.training.SuperpositionTraining.state": "what is restored is what was saved",
    "experiment.companion.CompanionSpec.digest": "says which run it is",
    "experiment.companion.CompanionSpec.run_id": "says which run it is",
    "experiment.companion.CompanionSpec.recorded_steps": "which steps a trace has is a matter of its training",
    "experiment.companion.CompanionSpec.checkpoint_steps": "which models a run has kept is a matter of its training",
    "experiment.incidental": "refuses numbers, and says what is kept",
    "experiment.superposition": "refuses numbers, and says what is kept",
    "results.columns": "says the units of columns",
}
"""The same for the companion studies."""


class Taken(dict):
    """A table of alternatives that remembers which of its entries were taken."""

    def __init__(self, place: Own, table: dict) -> None:
        super().__init__(table)
        self.place, self.keys_taken = place, set()

    def get(self, key: Any, default: Any = None) -> Any:
        self.keys_taken |= {key} & self.keys()
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self.keys_taken.add(key)
        return super().__getitem__(key)


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[set[CodeType], list[Taken]]]:
    """The code objects of the package that run, and the tables that entries are taken of."""
    executed: set[CodeType] = set()
    tables_taken = watch_tables(monkeypatch)

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(FOLDER)):
            executed.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield executed, tables_taken
    finally:
        sys.setprofile(before)


def watch_tables(monkeypatch: pytest.MonkeyPatch) -> list[Taken]:
    """Put a watched copy in the place of every table of alternatives, wherever it was imported to."""
    program = this_program()
    places = [part.place for part in program.parts() if program.keys(part.place)]
    watched = {}
    for place in places:
        if module := sys.modules.get(place.module):
            table = getattr(module, place.name)
            watched[id(table)] = Taken(place, table)
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] == PACKAGE]:
        for name, value in list(vars(module).items()):
            if id(value) in watched:
                monkeypatch.setattr(module, name, watched[id(value)])
    return list(watched.values())


def owner(code: CodeType) -> list[Own]:
    """The parts of the program in whose text a code object stands, the innermost last."""
    module = ".".join([PACKAGE, *Path(code.co_filename).relative_to(FOLDER).with_suffix("").parts])
    module = module.removesuffix(".__init__")
    parts = [part for part in every_part() if part.place.module == module and stands_in(code.co_firstlineno, part)]
    return [part.place for part in sorted(parts, key=extent, reverse=True)]


def stands_in(line: int, part: Part) -> bool:
    return any(first_line(node) <= line <= node.end_lineno for node in part.nodes if hasattr(node, "lineno"))


def first_line(node: ast.AST) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def extent(part: Part) -> int:
    return sum(node.end_lineno - node.lineno for node in part.nodes if hasattr(node, "lineno"))


@cache
def every_part() -> list[Part]:
    program = this_program()
    parts = list(program.parts())
    entries = [program.entry(part.place, key) for part in parts for key in program.keys(part.place)]
    return parts + entries


def overlooked(executed: set[CodeType], taken: list[Taken], code: Code, around: Collection[str]) -> set[str]:
    """What ran, or was taken of a table, and is neither reached nor known to stand around the stage."""
    reached = {spelled(place) for place in code.reach().parts}
    missing = set()
    for each in executed:
        places = [spelled(place) for place in owner(each)]
        module = Path(each.co_filename).relative_to(FOLDER).with_suffix("").as_posix().replace("/", ".")
        if reached.union(around).isdisjoint([module, *places]):
            missing.add(f"{module}.{each.co_qualname}")
    for table in taken:
        name, module = spelled(table.place), spelled(Own(table.place.module))
        if reached.union(around).isdisjoint([module, name]):
            missing |= {f"{name}[{key}]" for key in table.keys_taken} - reached.union(around)
    return missing


RUNS: list[dict[str, Any]] = [
    {},
    {"task": "reprojector"},
    {"task": "abs"},
    {"form": "gram"},
    {"form": "gram", "task": "abs", "l1": 0.1},
    {"activation": "gelu", "l1": 0.1, "decay": 0.1},
    {"activation": "solu"},
    {"activation": "unnormalised_solu", "distribution": "power-law"},
    {"precision": "bfloat16"},
    {"precision": "tf32"},
]


@pytest.mark.slow
@pytest.mark.parametrize("instead", RUNS, ids=[",".join(map(str, instead.values())) or "decoder" for instead in RUNS])
def test_what_a_run_executes_is_reached(
    instead: dict[str, Any],
    tiny_spec: Callable[..., RunSpec],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = tiny_spec(**instead)
    with recorded(monkeypatch) as (executed, taken):
        train(spec, tmp_path)
    assert len(executed) > 60
    assert overlooked(executed, taken, stages.code_of_training(spec), AROUND) == set()

    with recorded(monkeypatch) as (executed, taken):
        measuring.measure_run(spec, tmp_path)
    assert len(executed) > 20
    assert overlooked(executed, taken, stages.code_of_measuring(spec), READING) == set()


@pytest.mark.parametrize("instead", RUNS[:5], ids=[",".join(map(str, run.values())) or "decoder" for run in RUNS[:5]])
def test_what_a_graphics_card_would_execute_is_reached(
    instead: dict[str, Any], tiny_spec: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tiny_spec(**instead)
    with recorded(monkeypatch) as (executed, taken):
        for _ in follow(start(spec, spec.form, CARD), after=0):
            pass
    assert any("CudaGraphRun" in each.co_qualname for each in executed)
    assert overlooked(executed, taken, stages.code_of_training(spec), AROUND) == set()


@pytest.fixture
def done(smoke: Path) -> tuple[Plan, Paths]:
    """Every run of the smoke workflow."""
    return make_plan(read_config(smoke / "config.yaml", {"scale": "smoke"})), Paths(smoke / "results", "smoke")


def test_what_every_figure_executes_is_reached(
    done: tuple[Plan, Paths], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, results = done
    one_of_each_sweep = {tuple(batch.swept): name for name, batch in plan.batches.items()}.values()
    own = {name: figure for batch in one_of_each_sweep for name, figure in plan.figures_of(batch).items()}
    missing = {}
    for name, figure in (plan.catalogue | own).items():
        with monkeypatch.context() as patched, recorded(patched) as (executed, taken):
            picture = draw.picture(figure, Results(plan, results))
            draw.save(picture, tmp_path / "any.svg", "svg", {})
        missing[name] = overlooked(executed, taken, stages.code_of_figure(figure, plan), READING)
        assert len(executed) > 5
    assert {name: each for name, each in missing.items() if each} == {}


def test_what_tables_execute_is_reached(
    done: tuple[Plan, Paths], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, results = done
    with recorded(monkeypatch) as (executed, taken):
        tables.write(plan, results, tmp_path)
    assert overlooked(executed, taken, stages.code_of_tables(), READING) == set()
    assert len(executed) > 15


def test_what_claims_execute_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = world()
    with recorded(monkeypatch) as (executed, taken):
        decided = decisions(runs)
        report.table(decided)
        report.as_markdown(decided)
    assert overlooked(executed, taken, stages.code_of_claims(), READING) == set()
    assert len(executed) > 50


COMPANION_RUNS = make_plan(read_config(CONFIG, {"scale": "smoke"})).companion_runs


@pytest.mark.slow
@pytest.mark.parametrize("run", COMPANION_RUNS)
def test_what_a_companion_run_executes_is_reached(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = COMPANION_RUNS[run]
    with recorded(monkeypatch) as (executed, taken):
        companion_training.train(spec, tmp_path)
    assert overlooked(executed, taken, stages.code_of_companion_training(spec), COMPANIONS) == set()
    assert len(executed) > 20

    experiment = Experiment(study=spec.study, name="one", specs=[spec])
    models = {step: companion_runs.read_models(tmp_path, step, spec) for step in spec.checkpoint_steps}
    with recorded(monkeypatch) as (executed, taken):
        rows = companion_measuring.measured(spec, models)
        if spec.study in best_models.STUDIES:
            companion_measuring.card(spec, rows)
    assert overlooked(executed, taken, stages.code_of_experiment(experiment), COMPANIONS) == set()
    assert len(executed) > 10


def test_what_every_companion_figure_executes_is_reached(
    done: tuple[Plan, Paths], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, results = done
    missing = {}
    for name, planned in catalogue.figures(plan).items():
        of_study = CompanionResults(plan.companions[planned.study], results)
        with monkeypatch.context() as patched, recorded(patched) as (executed, taken):
            draw.save(companion_draw.picture(planned, of_study), tmp_path / "any.svg", "svg", {})
        missing[name] = overlooked(executed, taken, stages.code_of_companion_figure(name), COMPANIONS)
        assert len(executed) > 5
    assert len(missing) == 14
    assert {name: each for name, each in missing.items() if each} == {}


def test_what_companion_claims_execute_is_reached(done: tuple[Plan, Paths], monkeypatch: pytest.MonkeyPatch) -> None:
    plan, results = done
    with recorded(monkeypatch) as (executed, taken):
        decided = companion_claims.decisions(of_studies(plan, results))
        report.table(decided)
        report.as_markdown(decided)
    assert overlooked(executed, taken, stages.code_of_companion_claims(), COMPANIONS) == set()
    assert len(executed) > 50


def test_what_stands_around_the_stages_exists() -> None:
    definitions = {spelled(part.place) for part in every_part()}
    modules = {spelled(Own(part.place.module, "")) for part in every_part()}
    assert COMPANIONS.keys() - definitions - modules == set()


OF_THE_STAMP = {
    "experiment.batch_figures": "which figures there are is part of their stamps",
    "experiment.figures": "which figures there are is part of their stamps",
    "experiment.scaling.spread": "which figures there are is part of their stamps",
    "figures.wording": "captions are part of a figure's stamp",
    "tables.tables.read": "what is read is what was written",
    "report.assets.page": "the template is part of the report's stamp",
}


def test_what_the_report_executes_is_reached(
    done: tuple[Plan, Paths], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, results = done
    sources = Sources(plan, results, Jobs(plan, results), {})
    of, held = stages.of_report([]), {name: plan.batches[name].members for name in ("LR1", "RP1")}
    with recorded(monkeypatch) as (executed, taken):
        page.write(sources, held, of, tmp_path / "report.html")
    codes = [stages.code_of_claims(), stages.code_of_companion_claims(), stages.code_of_tables()]
    codes += [stages.code_of_measuring(spec) for spec in plan.runs.values()]
    of_results_that_are_read = {spelled(place) for code in codes for place in code.reach().parts}
    around = COMPANIONS | stages.BEFORE_REPORT | stages.BEFORE_COMPANIONS | OF_THE_STAMP
    missing = overlooked(executed, taken, stages.code_of_report(), around)
    assert {name for name in missing if name.partition(".<locals>")[0] not in of_results_that_are_read} == set()
    assert len(executed) > 50
