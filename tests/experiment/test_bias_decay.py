import math
from pathlib import Path

import pytest

from monosemanticity.experiment import bias_decay
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan

SHIPPED = Path(__file__).parents[2] / "config.yaml"


def bias_after(spec, steps: int) -> float:
    """The bias offset after the first half of so many steps, step by step."""
    bias = spec.bias_offset
    for _ in range(steps // 2):
        bias *= 1 - spec.decay * spec.learning_rate
    return bias


def test_in_the_least_steps_the_bias_rises_to_where_neurons_respond(tiny_spec):
    spec = tiny_spec(bias_offset=-1, decay=0.1, learning_rate=0.01)
    least = math.ceil(bias_decay.least_steps(spec))
    assert bias_after(spec, least + 2) > bias_decay.RESPONDS > bias_after(spec, least - 4)


@pytest.mark.parametrize("instead", [{"bias_offset": 0}, {"bias_offset": -0.3}, {"activation": "gelu"}])
def test_neurons_that_respond_from_the_start_need_no_steps(tiny_spec, instead):
    assert bias_decay.least_steps(tiny_spec(**{"bias_offset": -1, "decay": 0} | instead)) == 0


def test_without_decay_a_far_negative_bias_never_rises(tiny_spec):
    spec = tiny_spec(bias_offset=-1, decay=0)
    assert bias_decay.least_steps(spec) == math.inf
    assert bias_decay.stays_dead(spec)


def test_the_sentence_counts_the_runs_and_names_their_batches(tiny_spec):
    dead, alive = tiny_spec(bias_offset=-1), tiny_spec()
    assert bias_decay.warnings({"A": [alive], "B": [dead, alive], "C": [dead]}, "mine") == [
        "1 of 2 runs are too short for biases that start far below 0 to rise to -0.3, and their neurons never respond"
        " (B, C); monosemanticity runs --scale mine says which, and what they need"
    ]
    assert bias_decay.warnings({"A": [alive]}, "mine") == []


@pytest.mark.parametrize("scale", ["paper", "half"])
def test_no_run_of_the_papers_steps_stays_dead(scale):
    plan = make_plan(read_config(SHIPPED, {"scale": scale}))
    assert {name for name, spec in plan.runs.items() if bias_decay.stays_dead(spec)} == set()
