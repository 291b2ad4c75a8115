"""Experiments of the companion studies: checked as the rest of the configuration is, and expanded to runs."""

from pathlib import Path
from typing import Any

import pytest

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.companions import MOST_RUNS, SPECS, Experiment
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan

CONFIG = Path(__file__).parents[2] / "config.yaml"
NOISE = {
    "n": 4,
    "m": [4, 8],
    "instances": 2,
    "steps": 10,
    "l1": [0, 0.1],
    "optimiser": "sgd",
    "learning_rate": "1/50",
}


def planned(numbers: dict[str, Any], at_scale: dict[str, Any] | None = None) -> Experiment:
    scales = {"smoke": {"companions": {"incidental": {"mine": at_scale}}}} if at_scale else {}
    override = {"scale": "smoke", "companions": {"incidental": {"mine": numbers}}, "scales": scales}
    return make_plan(read_config(CONFIG, override)).companions["incidental"]["mine"]


def test_lists_make_a_grid() -> None:
    runs = [(spec.m, spec.l1, spec.learning_rate) for spec in planned(NOISE).specs]
    assert runs == [(4, 0, 0.02), (4, 0.1, 0.02), (8, 0, 0.02), (8, 0.1, 0.02)]


def test_a_scale_replaces_numbers() -> None:
    specs = planned(NOISE, {"m": 6, "steps": 3}).specs
    assert [(spec.n, spec.m, spec.steps, spec.l1) for spec in specs] == [(4, 6, 3, 0), (4, 6, 3, 0.1)]


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"l1": -1}, "companions.incidental.mine.l1: -1: input should be greater than or equal to 0"),
        ({"l1": 1e39}, "companions.incidental.mine.l1: 1.0e+39: input should be less than or equal to 34000"),
        ({"optimizer": "sgd"}, "unknown key optimizer\n    corrected: optimiser: sgd"),
        ({"optimiser": "adam"}, "corrected: optimiser: adamw"),
        ({"noise": "bernoulli"}, "companions.incidental.mine at scale smoke: sigma: 0 does not fit noise: bernoulli"),
        ({"m": [4, 4]}, "companions.incidental.mine at scale smoke: m: [4, 4] gives a value twice"),
        ({"m": list(range(1, MOST_RUNS + 2))}, f"there are 2,002 runs, of at most {MOST_RUNS:,}; shorten a list"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_starts(instead: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        planned(NOISE | instead)
    assert said in str(refused.value)


def test_samples_without_features_are_refused_before_anything_starts() -> None:
    override = {"companions": {"superposition": {"basic": {"active": 1e-9}}}}
    with pytest.raises(ConfigError, match=r"basic at scale paper: active: 1e-09: 0\.031 features are active"):
        make_plan(read_config(CONFIG, {"scale": "paper"} | override))


def test_a_number_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigError, match=r"companions\.incidental\.mine\.steps: field required"):
        planned({name: value for name, value in NOISE.items() if name != "steps"})


def test_a_scale_may_not_change_an_experiment_that_there_is_not() -> None:
    override = {"scales": {"smoke": {"companions": {"superposition": {"basik": {"n": 2}}}}}}
    with pytest.raises(ConfigError, match=r"scales\.smoke\.companions\.superposition: basik: not in companions"):
        read_config(CONFIG, override)


@pytest.mark.parametrize("study", SPECS)
def test_a_default_is_neutral_and_renames_no_run(study: str) -> None:
    spec = make_plan(read_config(CONFIG, {"scale": "smoke"})).companions[study]
    for run in (run for experiment in spec.values() for run in experiment.specs):
        defaults = {name: field.default for name, field in type(run).model_fields.items() if not field.is_required()}
        written = {name: value for name, value in run.model_dump().items() if value != defaults.get(name, ...)}
        assert SPECS[study](**written).run_id == run.run_id


@pytest.mark.parametrize("scale", ["smoke", "preview", "half", "paper"])
def test_every_scale_has_every_experiment(scale: str) -> None:
    plan = make_plan(read_config(CONFIG, {"scale": scale}))
    assert {study: len(experiments) for study, experiments in plan.companions.items()} == {
        "incidental": 12,
        "superposition": 4,
    }
    assert plan.companion_runs.keys() == {spec.run_id for each in plan.experiments for spec in each.specs}


def test_a_configuration_without_companions_is_whole() -> None:
    config = read_config(CONFIG, {"scale": "smoke"})
    without = config.model_copy(update={"companions": type(config.companions)()})
    assert make_plan(without).companion_runs == {}
