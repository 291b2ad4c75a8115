import numpy as np
import pandas as pd
import pytest

from monosemanticity.tables import plateau
from monosemanticity.training.schedule import PERIOD, cosine_annealed

STEPS = 4 * PERIOD


def trace(fall_a_period: float, noise: float = 0.01, steps: int = STEPS) -> pd.DataFrame:
    """A loss that swings with the learning rate, falls evenly, and is noisy."""
    step = np.arange(16, steps + 1, 16)
    swing = np.array([cosine_annealed(0.1, t) for t in step.tolist()])
    jitter = noise * np.random.default_rng(0).standard_normal(len(step))
    return pd.DataFrame({"step": step, "loss": 1 + swing - fall_a_period * step / PERIOD + jitter})


def test_the_final_loss_is_the_mean_over_the_last_eighth_of_the_steps():
    rows = pd.DataFrame({"step": [1, 2, 56, 57, 64], "loss": [9.0, 5, 4, 2, 1]})
    assert plateau.of_trace(rows, 64)["final_loss"] == 1.5
    assert plateau.of_trace(rows, 64)["min_loss"] == 1


def test_a_loss_that_only_swings_and_is_noisy_has_converged():
    found = plateau.of_trace(trace(fall_a_period=0), STEPS)
    assert found["converged"]
    assert abs(found["loss_change"]) < 0.01


def test_a_loss_that_falls_by_more_than_its_noise_has_not_converged():
    found = plateau.of_trace(trace(fall_a_period=0.02), STEPS)
    assert not found["converged"]
    assert found["loss_change"] == pytest.approx(-0.02, abs=0.005)


def test_a_rise_is_no_plateau_either():
    assert not plateau.of_trace(trace(fall_a_period=-0.02), STEPS)["converged"]


def test_of_fewer_than_two_periods_nothing_is_known_and_it_counts_as_not_converged():
    found = plateau.of_trace(trace(0, steps=2 * PERIOD - 16), 2 * PERIOD - 16)
    assert np.isnan(found["loss_change"])
    assert not found["converged"]


def test_kept_steps_between_the_recorded_ones_have_no_counterpart_and_do_not_matter():
    rows = trace(0)
    more = pd.concat([rows, pd.DataFrame({"step": [STEPS - 8], "loss": [1.0]})]).sort_values("step")
    assert plateau.of_trace(more, STEPS)["loss_change"] == plateau.of_trace(rows, STEPS)["loss_change"]
