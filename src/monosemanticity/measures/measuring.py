"""The measuring job: from a run's checkpoints to what is measured of its models, its final neurons and features."""

from pathlib import Path

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.identity import stages
from monosemanticity.measures import measure, measured
from monosemanticity.model.trained import model_of
from monosemanticity.results import checkpoints, parquet, paths, run_record


def measure_run(spec: RunSpec, folder: Path) -> None:
    """Write a run's measures, neurons and features; measures.parquet comes last and says that the others are whole.

    Raises RefusedError where the run is not there, damaged, or made by other code.
    """
    run_record.read_record(folder, spec)
    of = stages.of_measuring(spec)
    models = {step: model_of(spec, checkpoints.read_checkpoint(folder, step, spec)) for step in spec.checkpoint_steps}
    neurons, features = folder / paths.NEURONS, folder / paths.FEATURES
    parquet.write_columns(neurons, measure.of_neurons(models[spec.steps]), measured.NEURONS, of)
    parquet.write_columns(features, measure.of_features(models[spec.steps]), measured.FEATURES, of)
    measures = measure.of_models(models)
    parquet.write_columns(folder / paths.MEASURES, measures, measured.MEASURES, of, beside=[neurons, features])
