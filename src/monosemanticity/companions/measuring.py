"""The table of an experiment: what is measured of the kept models of its runs, and the best of each for others."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_numeric_dtype

from monosemanticity.companions import best_models, runs
from monosemanticity.companions.incidental import measures as incidental
from monosemanticity.companions.superposition import measures as superposition
from monosemanticity.errors import RefusedError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.companions import Experiment
from monosemanticity.identity import stages
from monosemanticity.results.parquet import read_table, write_table
from monosemanticity.results.paths import Paths
from monosemanticity.results.tensors import Tensors, read_tensors, write_tensors

MEASURES: dict[str, Callable[..., Mapping[str, np.ndarray]]] = {
    "incidental": incidental.measure,
    "superposition": superposition.measure,
}
"""Of each study: of a run's numbers, its models, and those that it started from."""

UNITS: dict[str, Mapping[str, str]] = {"incidental": incidental.MEASURES, "superposition": superposition.MEASURES}
"""Of each study: the columns that are measured, with their units."""


def write(experiment: Experiment, paths: Paths) -> None:
    """Measure the runs of an experiment; its table comes last, and says that the models for others are whole.

    Raises RefusedError naming the first file that is missing or damaged.
    """
    path, rows = paths.experiment(experiment.study, experiment.name), []
    best = {run_id: path.parent / file for run_id, file in best_models.files(experiment).items()}
    for spec in experiment.specs:
        models = {step: runs.read_models(paths.companion(spec.run_id), step, spec) for step in spec.checkpoint_steps}
        rows.append(measured(spec, models))
        if spec.run_id in best:
            said = said_of_best(experiment, spec, rows[-1])
            tensors = {name: tensor[said["card"]["instance"]] for name, tensor in models[spec.steps].items()}
            write_tensors(best[spec.run_id], tensors, said)
    write_table(path, as_table(experiment, rows), stages.of_experiment(experiment), beside=best.values())


def read(experiment: Experiment, path: Path) -> pd.DataFrame:
    """The table of an experiment. Raises RefusedError as `read_table` does, and where it holds what none does."""
    rows = sum(len(spec.checkpoint_steps) * spec.instances for spec in experiment.specs)
    table = read_table(path, stages.of_experiment(experiment), rows)
    wanted = ["run", *type(experiment.specs[0]).model_fields, "step", "instance", *UNITS[experiment.study]]
    if set(table.schema.names) != set(wanted):
        raise RefusedError(path, f"holds {', '.join(table.schema.names)}; {', '.join(wanted)} are needed")
    found = table.to_pandas()
    if others := [name for name in UNITS[experiment.study] if not is_numeric_dtype(found[name])]:
        raise RefusedError(path, f"{', '.join(others)}: numbers are needed")
    if "best" in found:
        best = found[(found["best"] == 1) & (found["step"] == found["steps"])]
        if sorted(best["run"]) != sorted(spec.run_id for spec in experiment.specs):
            raise RefusedError(path, "does not say one instance of each run to be the best at the end")
    return found


def read_best(experiment: Experiment, path: Path) -> dict[str, Tensors]:
    """The best model of each run, by the run's name, where its study keeps them; `path` is of the experiment's table.

    Raises RefusedError naming the first file that is missing, damaged, or with another card than the table gives.
    """
    table, specs = read(experiment, path), {spec.run_id: spec for spec in experiment.specs}
    best = {}
    for run_id, file in best_models.files(experiment).items():
        said = said_of_best(experiment, specs[run_id], table[table["run"] == run_id])
        shapes = {name: of_instances[1:] for name, of_instances in specs[run_id].shapes.items()}
        best[run_id], _ = read_tensors(path.parent / file, said, shapes)
        runs.check_given(path.parent / file, best[run_id], specs[run_id])
    return best


def said_of_best(experiment: Experiment, spec: CompanionSpec, rows: pd.DataFrame) -> dict[str, Any]:
    """What the file of a run's best model says of it, given the run's rows of the table."""
    return stages.of_experiment(experiment).content() | {"spec": spec.model_dump(), "card": card(spec, rows)}


def as_table(experiment: Experiment, rows: Iterable[pd.DataFrame]) -> pa.Table:
    """The rows of all runs, and the units of what is measured."""
    table = pa.Table.from_pandas(pd.concat(rows, ignore_index=True), preserve_index=False)
    units = UNITS[experiment.study]
    fields = [field.with_metadata({"unit": units[field.name]} if field.name in units else {}) for field in table.schema]
    return table.cast(pa.schema(fields))


def card(spec: CompanionSpec, rows: pd.DataFrame) -> dict[str, float]:
    """What was measured of the final instance of the least loss, and its place; without what there is not of it."""
    best = rows[(rows["step"] == spec.steps) & (rows["best"] == 1)].iloc[0]
    return {"instance": int(best["instance"])} | best[list(UNITS[spec.study])].dropna().astype(float).to_dict()


def measured(spec: CompanionSpec, models: Mapping[int, Tensors]) -> pd.DataFrame:
    """A row a kept step and instance, behind the run's name and the numbers that define it."""
    start = models[min(models)]
    of_steps = {step: MEASURES[spec.study](spec, tensors, start) for step, tensors in models.items()}
    numbers = {"run": spec.run_id} | spec.model_dump()
    places = {"instance": np.arange(spec.instances)}
    return pd.concat(
        pd.DataFrame(numbers | {"step": step} | places | dict(columns)) for step, columns in of_steps.items()
    )
