"""From runs to the table of an experiment, to figures and to claims: each of what is there, and none of what is not."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors

from monosemanticity.claims import report
from monosemanticity.companions import best_models, catalogue, measuring, runs
from monosemanticity.companions.claims import decisions
from monosemanticity.companions.draw import DRAW, draw
from monosemanticity.companions.measuring import UNITS
from monosemanticity.companions.results import Results, of_studies
from monosemanticity.companions.train import train
from monosemanticity.errors import RefusedError
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.identity import stages
from monosemanticity.results.parquet import write_table
from monosemanticity.results.paths import Paths, checkpoint_path
from monosemanticity.results.tensors import write_tensors

CONFIG = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    """One experiment of each study, the others not there."""
    config = read_config(CONFIG, {"scale": "smoke"})
    kept = {"incidental": "noise", "superposition": "basic"}
    written = {study: {name: getattr(config.companions, study)[name]} for study, name in kept.items()}
    return make_plan(config.model_copy(update={"companions": config.companions.model_copy(update=written)}))


@pytest.fixture(scope="module")
def paths(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Their runs, trained and measured."""
    paths = Paths(tmp_path_factory.mktemp("companions"), plan.scale)
    for spec in plan.companion_runs.values():
        train(spec, paths.companion(spec.run_id))
    for experiment in plan.experiments:
        measuring.write(experiment, paths)
    return paths


def test_a_table_has_a_row_a_run_kept_step_and_instance(plan: Plan, paths: Paths) -> None:
    for experiment in plan.experiments:
        rows = Results(plan.companions[experiment.study], paths).table(experiment.name)
        places = [
            (spec.run_id, step, instance)
            for spec in experiment.specs
            for step in spec.checkpoint_steps
            for instance in range(spec.instances)
        ]
        assert list(rows[["run", "step", "instance"]].itertuples(index=False, name=None)) == places
        assert set(UNITS[experiment.study]) < set(rows)


def test_every_measured_column_says_its_unit(plan: Plan, paths: Paths) -> None:
    for experiment in plan.experiments:
        schema = pq.read_schema(paths.experiment(experiment.study, experiment.name))
        for name, unit in UNITS[experiment.study].items():
            assert schema.field(name).metadata == {b"unit": unit.encode()}


def test_what_is_measured_is_of_the_kept_models(plan: Plan, paths: Paths) -> None:
    experiment = plan.companions["incidental"]["noise"]
    spec = experiment.specs[0]
    W = runs.read_models(paths.companion(spec.run_id), spec.steps, spec)["W"]
    rows = Results({"noise": experiment}, paths).table("noise")
    last = rows[(rows["run"] == spec.run_id) & (rows["step"] == spec.steps)]
    assert np.allclose(last["fourth_norm"], (W.astype(float) ** 4).sum(axis=2).mean(axis=1))


def test_the_best_model_of_a_run_is_kept_with_a_card(plan: Plan, paths: Paths) -> None:
    experiment = plan.companions["superposition"]["basic"]
    spec, table = experiment.specs[0], paths.experiment("superposition", "basic")
    (file,) = best_models.files(experiment).values()
    with safetensors.safe_open(table.parent / file, "np") as opened:
        said = json.loads(opened.metadata()["monosemanticity"])
        W1 = opened.get_tensor("W1")
    rows = Results({"basic": experiment}, paths).table("basic")
    last = rows[rows["step"] == spec.steps].reset_index(drop=True)
    best = int(last["loss"].idxmin())
    assert said["card"]["instance"] == best
    assert said["card"]["loss"] == pytest.approx(last["loss"].min())
    assert said["spec"] == spec.model_dump()
    assert np.array_equal(W1, runs.read_models(paths.companion(spec.run_id), spec.steps, spec)["W1"][best])


def test_a_best_model_is_read_again_and_one_that_the_table_does_not_mean_is_refused(plan: Plan, paths: Paths) -> None:
    experiment = plan.companions["superposition"]["basic"]
    spec, path = experiment.specs[0], paths.experiment("superposition", "basic")
    best, (file,) = measuring.read_best(experiment, path), best_models.files(experiment).values()
    models = runs.read_models(paths.companion(spec.run_id), spec.steps, spec)
    (instance,) = (i for i, W1 in enumerate(models["W1"]) if np.array_equal(W1, best[spec.run_id]["W1"]))
    whole = (path.parent / file).read_bytes()
    others = {name: tensor[1 - instance] for name, tensor in models.items()}
    rows = measuring.read(experiment, path)
    said = measuring.said_of_best(experiment, spec, rows)
    write_tensors(path.parent / file, others, said | {"card": said["card"] | {"instance": 1 - instance}})
    with pytest.raises(RefusedError, match=str(file)):
        measuring.read_best(experiment, path)
    (path.parent / file).write_bytes(whole)


def test_studies_whose_best_models_are_kept_say_which_is_best() -> None:
    assert all({"best", "loss"} <= UNITS[study].keys() for study in best_models.STUDIES)


def test_every_figure_of_the_catalogue_is_drawn_by_something() -> None:
    assert set(DRAW) == {name for figures in catalogue.FIGURES.values() for name in figures}


def test_a_figure_without_its_experiments_is_left_out(plan: Plan) -> None:
    assert set(catalogue.figures(plan)) == {"incidental5", "superposition2"}


def test_figures_are_written_in_every_form_with_their_captions(plan: Plan, paths: Paths) -> None:
    for name, planned in catalogue.figures(plan).items():
        draw(planned, paths)
        assert all(paths.figure(name, suffix).stat().st_size > 500 for suffix in planned.suffixes)
        assert paths.figure(name, "md").read_text().startswith(f"**{planned.figure.title}.**")


def test_a_claim_without_its_experiment_is_not_measurable_and_says_so(plan: Plan, paths: Paths) -> None:
    decided = {decision.claim.name: decision for decision in decisions(of_studies(plan, paths))}
    assert decided["incidental-counts"].verdict == "not measurable here"
    assert decided["incidental-counts"].why_not == "there is no experiment collisions"
    assert decided["absolute-exact"].quantities
    assert decided["absolute-exact"].asked == {spec.run_id for spec in plan.companions["superposition"]["basic"].specs}
    assert decided["incidental-counts"].asked == frozenset()
    assert "absolute-exact" in report.as_markdown(list(decided.values()))


def test_every_claim_has_a_name_of_its_own_and_a_figure_that_there_is(plan: Plan, paths: Paths) -> None:
    claims = [decision.claim for decision in decisions(of_studies(plan, paths))]
    assert len({claim.name for claim in claims}) == len(claims)
    assert {claim.figures for claim in claims} <= set(DRAW)


def test_a_damaged_run_is_named_by_what_reads_it(plan: Plan, tmp_path: Path) -> None:
    experiment = plan.companions["superposition"]["basic"]
    (spec,), paths = experiment.specs, Paths(tmp_path, "smoke")
    train(spec, paths.companion(spec.run_id))
    last = checkpoint_path(paths.companion(spec.run_id), spec.steps)
    content = bytearray(last.read_bytes())
    content[-1] ^= 1
    last.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        measuring.write(experiment, paths)
    assert str(last) in str(refused.value)
    assert not paths.experiment("superposition", "basic").exists()


@pytest.mark.parametrize("bad", [np.full((2, 6, 3), np.nan), np.zeros((2, 6, 3), dtype=bool)])
def test_models_that_no_training_gives_are_refused(plan: Plan, bad: np.ndarray, tmp_path: Path) -> None:
    (spec,) = plan.companions["superposition"]["basic"].specs
    train(spec, tmp_path)
    weights = dict(runs.read_models(tmp_path, spec.steps, spec))
    runs.write_models(tmp_path, spec.steps, weights | {"W1": bad}, spec)
    with pytest.raises(RefusedError, match="W1 holds what no training gives"):
        runs.read_models(tmp_path, spec.steps, spec)


def test_a_neuron_that_there_is_not_is_refused_as_a_copys_origin(tmp_path: Path) -> None:
    spec = IncidentalSpec(
        n=2, m=4, instances=1, steps=2, l1=0, optimiser="sgd", learning_rate=0.1, split_after=1, split_noise=0.1
    )
    weights = {"W": np.zeros((1, 2, 4), dtype=np.float32), "copied_from": np.array([[0, 1, 2, 999]])}
    runs.write_models(tmp_path, 2, weights, spec)
    with pytest.raises(RefusedError, match="copied_from holds what no training gives"):
        runs.read_models(tmp_path, 2, spec)


def test_a_table_of_other_columns_is_refused(plan: Plan, tmp_path: Path) -> None:
    experiment = plan.companions["superposition"]["basic"]
    path = Paths(tmp_path, plan.scale).experiment("superposition", "basic")
    write_table(path, pa.table({"x": [1.0]}), stages.of_experiment(experiment))
    with pytest.raises(RefusedError, match="holds x; run, study, n, m, "):
        measuring.read(experiment, path)
