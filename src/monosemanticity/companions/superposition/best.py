"""The instance of the least loss of each run, which the source shows of many."""

from typing import NamedTuple

from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.model import Model, models_of
from monosemanticity.experiment.superposition import SuperpositionSpec


class Best(NamedTuple):
    """A final model and the run that it is of."""

    spec: SuperpositionSpec
    model: Model


def best_models(results: Results, experiment: str) -> list[Best]:
    """Of each run of an experiment, those of denser features first."""
    models = results.final(experiment)
    chosen = models[models["best"] == 1].set_index("run")["instance"]
    specs = sorted(results.specs(experiment), key=lambda spec: -spec.active)
    return [Best(spec, models_of(spec.task, results.tensors(spec, spec.steps))[chosen[spec.run_id]]) for spec in specs]
