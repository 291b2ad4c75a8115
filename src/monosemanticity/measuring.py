"""The measuring job: from a run's checkpoints to what is measured of its models and of its final neurons."""

from pathlib import Path

from monosemanticity import layout, measure, schemas, stages, store
from monosemanticity.spec import RunSpec
from monosemanticity.trained_model import model_of


def measure_run(spec: RunSpec, folder: Path) -> None:
    """Write a run's measures and neurons; measures.parquet comes last and says that the other is whole.

    Raises ResultError where the run is not there, damaged, or made by other code.
    """
    store.read_record(folder, spec)
    of = stages.of_measuring(spec)
    models = {step: model_of(spec, store.read_checkpoint(folder, step, spec)) for step in spec.checkpoint_steps}
    neurons, measures = folder / layout.NEURONS, folder / layout.MEASURES
    store.write_columns(neurons, measure.of_neurons(models[spec.steps]), schemas.NEURONS, of)
    store.write_columns(measures, measure.of_models(models), schemas.MEASURES, of, beside=[neurons])
