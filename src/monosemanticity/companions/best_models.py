"""The best model of each run of a study, kept by itself and with a card, for others to take up: where it lies."""

from monosemanticity.experiment.companions import Experiment

STUDIES = ("superposition",)


def files(experiment: Experiment) -> dict[str, str]:
    """By run, from the experiment's table on; none where the study keeps none."""
    specs = experiment.specs if experiment.study in STUDIES else ()
    return {spec.run_id: f"{experiment.name}/{spec.run_id}.safetensors" for spec in specs}
