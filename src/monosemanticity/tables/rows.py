"""From the files of one run to tidy rows: an observation each, with the numbers that define the run."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.measures.measured import read_features, read_measures, read_neurons
from monosemanticity.results import environment
from monosemanticity.results.run_record import read_record
from monosemanticity.tables import plateau
from monosemanticity.training.loss_trace import read_trace


def traces(spec: RunSpec, run: Path) -> pd.DataFrame:
    """A row a recorded step (units in the run's own files); min_loss is the least loss recorded so far."""
    recorded = read_trace(run, spec).to_pandas().rename(columns={"learning_rate": "scheduled_learning_rate"})
    return _beside_numbers(spec, recorded.assign(min_loss=recorded["loss"].cummin()))


def measures(spec: RunSpec, run: Path) -> pd.DataFrame:
    """A row a kept model."""
    measured = read_measures(run, spec).to_pandas()
    mono_neurons = measured["mono_neurons"]
    return _beside_numbers(spec, measured.assign(per_neuron=mono_neurons / spec.k, per_feature=mono_neurons / spec.N))


def neurons(spec: RunSpec, run: Path) -> pd.DataFrame:
    """A row a neuron of the final model."""
    return _beside_numbers(spec, read_neurons(run, spec).to_pandas().astype({"strongest_feature": "Int64"}))


def features(spec: RunSpec, run: Path) -> pd.DataFrame:
    """A row a feature of the final model."""
    return _beside_numbers(spec, read_features(run, spec).to_pandas())


def model(spec: RunSpec, tables: Mapping[str, pd.DataFrame], run: Path) -> pd.DataFrame:
    """One row: what was measured of the final model, the run's losses, and what made it; of the run's other tables.

    linear_loss is the least loss of an affine decoder of x, null where outputs are no features.
    """
    record = read_record(run, spec)
    made_by = environment.of_run(record)
    return final(tables["measures"]).assign(
        **plateau.of_trace(tables["traces"], spec.steps),
        linear_loss=tables["features"]["linear_error"].sum(min_count=spec.N),
        cpu_seconds=record.cpu_seconds,
        **{what: made_by[what] for what in ("device", "products", "threads", "torch")},
    )


def final(measured: pd.DataFrame) -> pd.DataFrame:
    """Of what was measured of kept models, the row of each run's last."""
    return measured[measured["step"] == measured["steps"]].drop(columns="step").reset_index(drop=True)


def members(plan: Plan) -> pd.DataFrame:
    """A row a run in its place in a batch: the setting, as the table gives it, and whether it is the comparison run."""
    places = [(name, member) for name, batch in plan.batches.items() for member in batch.members]
    return pd.DataFrame(
        {
            "run": member.spec.run_id,
            "batch": name,
            "comparison": member.comparison,
            "setting": member.asked(),
        }
        for name, member in places
    )


def _beside_numbers(spec: RunSpec, observed: pd.DataFrame) -> pd.DataFrame:
    """Rows behind the run's name and the numbers that define it."""
    numbers = {"run": spec.run_id} | spec.model_dump()
    return pd.DataFrame(numbers, index=observed.index).join(observed)
