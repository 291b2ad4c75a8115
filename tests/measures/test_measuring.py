"""From a run's checkpoints to its measures and neurons, and from there to the tables."""

import importlib
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from helpers.files import half
from helpers.tables import read_table
from monosemanticity.errors import ResultError
from monosemanticity.experiment.plan import Member, Plan, PlannedBatch
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages, stamp
from monosemanticity.measures import measure, measured
from monosemanticity.measures.measuring import measure_run
from monosemanticity.model.trained import model_of
from monosemanticity.results import checkpoints
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.training.train import train


@pytest.fixture(scope="module")
def spec(tiny_spec: Callable[..., RunSpec]) -> RunSpec:
    return tiny_spec(bias_offset=-0.3)


@pytest.fixture(scope="module")
def trained(spec: RunSpec, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Where a trained run lies. Read only."""
    results = Paths(tmp_path_factory.mktemp("results"), "smoke")
    train(spec, results.run(spec.run_id))
    return results


@pytest.fixture
def results(trained: Paths, tmp_path: Path) -> Paths:
    """A copy of it to measure."""
    return Paths(shutil.copytree(trained.results, tmp_path / "results"), "smoke")


@pytest.fixture
def run(results: Paths, spec: RunSpec) -> Path:
    return results.run(spec.run_id)


def test_kept_models_and_final_neurons_and_features_are_measured(run, spec):
    measure_run(spec, run)
    models = {step: model_of(spec, checkpoints.read_checkpoint(run, step, spec)) for step in (1, 2, 4, 8, 16, 20)}
    last = models[spec.steps]
    assert measured.read_measures(run, spec).to_pydict() == with_nulls(measure.of_models(models))
    assert measured.read_neurons(run, spec).to_pydict() == with_nulls(measure.of_neurons(last))
    assert measured.read_features(run, spec).to_pydict() == with_nulls(measure.of_features(last))


def with_nulls(columns: dict[str, np.ndarray]) -> dict[str, list]:
    """Columns as they are read: a negative index and NaN are nothing."""
    return {
        name: [None if math.isnan(value) or (name == "strongest_feature" and value < 0) else value for value in column]
        for name, column in ((name, column.tolist()) for name, column in columns.items())
    }


def test_measures_and_neurons_say_their_units_version_digest_code_and_run(run, spec):
    measure_run(spec, run)
    for file in ("measures.parquet", "neurons.parquet", "features.parquet"):
        schema = pq.read_schema(run / file)
        assert [field.name for field in schema if not (field.metadata or {}).get(b"unit")] == []
        assert json.loads(schema.metadata[stamp.KEY.encode()]) == stages.of_measuring(spec).content()
    assert stages.of_measuring(spec).inputs != ""


def test_the_measures_say_how_large_the_neurons_are(run, spec):
    measure_run(spec, run)
    said = json.loads(pq.read_schema(run / "measures.parquet").metadata[stamp.FILES.encode()])
    assert said == {name: (run / name).stat().st_size for name in ("neurons.parquet", "features.parquet")}


def test_a_run_measured_again_has_the_same_bytes(run, spec):
    measure_run(spec, run)
    before = {file: (run / file).read_bytes() for file in ("measures.parquet", "neurons.parquet", "features.parquet")}
    measure_run(spec, run)
    assert {file: (run / file).read_bytes() for file in before} == before


def test_measuring_loads_nothing_heavy(run):
    heavy = {"torch", "pandas", "matplotlib", "numba"}
    code = f"""
import sys, pathlib
from monosemanticity.measures import measuring
from monosemanticity.results import run_record
folder = pathlib.Path({str(run)!r})
measuring.measure_run(run_record.read_any(folder).spec, folder)
print(*sorted({heavy!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert (run / "measures.parquet").exists()


@pytest.mark.parametrize("file", ["run.json", "checkpoints/step-00000001.safetensors"])
@pytest.mark.parametrize("damage", [Path.unlink, half])
def test_a_run_that_is_not_whole_is_not_measured(run, spec, file, damage):
    damage(run / file)
    with pytest.raises(ResultError, match=file):
        measure_run(spec, run)
    assert not list(run.glob("*s.parquet"))


def test_a_run_of_other_code_is_not_measured(run, spec, monkeypatch):
    later = stamp.Stamp(spec.digest, code="of another day")
    monkeypatch.setattr(stages, "of_training", lambda spec: later)
    with pytest.raises(ResultError, match="made by other code"):
        measure_run(spec, run)


@pytest.fixture
def one_more_measure(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The largest bias is measured too; the columns of files follow from the measures when their module is loaded."""
    with monkeypatch.context() as added:
        largest = measure.Measure("1", lambda model, seen: model.b.max())
        added.setitem(measure.OF_A_MODEL, "largest_bias", largest)
        importlib.reload(measured)
        yield
    importlib.reload(measured)


@pytest.mark.usefixtures("one_more_measure")
def test_a_measure_that_is_added_in_one_place_reaches_the_files_and_the_tables(run, results, spec):
    measure_run(spec, run)
    largest = [model_of(spec, checkpoints.read_checkpoint(run, step, spec)).b.max() for step in spec.checkpoint_steps]
    assert measured.read_measures(run, spec)["largest_bias"].to_pylist() == largest
    assert measured.read_measures(run, spec).schema.field("largest_bias").metadata == {b"unit": b"1"}
    member = Member(setting={"seed": spec.seed}, comparison=False, spec=spec)
    plan = Plan(scale="smoke", note="", batches={"X": PlannedBatch(swept=["seed"], members=[member])})
    tables.write(plan, results, results.tables())
    for name, column in (("measures", largest), ("models", largest[-1:])):
        assert read_table(name, results.tables(), plan)["largest_bias"].tolist() == column


def test_files_written_before_a_measure_was_added_are_refused(run, spec, request):
    measure_run(spec, run)
    request.getfixturevalue("one_more_measure")
    with pytest.raises(ResultError, match=r"measures.parquet: holds step, .*; step, .*, largest_bias are needed"):
        measured.read_measures(run, spec)
