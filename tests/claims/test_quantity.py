import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monosemanticity.claims.quantity import Quantity, rising, slopes, worst

VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=8)


def of(*values: float, **bounds: float) -> Quantity:
    return Quantity("x", pd.Series(values), **bounds)


@given(VALUES)
def test_the_interval_is_students(values):
    low, high = of(*values).interval
    n, mean = len(values), sum(values) / len(values)
    half = stats.t.ppf(0.975, n - 1) * pd.Series(values).std() / n**0.5
    assert (low, high) == pytest.approx((mean - half, mean + half), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [
        ({"at_most": 1.2}, "reproduced"),
        ({"at_least": 0.8, "at_most": 1.2}, "reproduced"),
        ({"at_least": 1.2}, "not reproduced"),
        ({"at_most": 0.8}, "not reproduced"),
        ({"at_least": 1.0}, "undecided"),
        ({"above": 0.5}, "reproduced"),
        ({"below": 0.5}, "not reproduced"),
    ],
)
def test_a_verdict_is_where_the_interval_lies(bounds, verdict):
    assert of(0.99, 1.0, 1.01, **bounds).verdict == verdict


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [
        ({"above": 0}, "not reproduced"),
        ({"below": 0}, "not reproduced"),
        ({"at_least": 0, "at_most": 0}, "reproduced"),
    ],
)
def test_what_is_exactly_on_a_bound_is_neither_above_nor_below_it(bounds, verdict):
    assert of(0, 0, 0, **bounds).verdict == verdict


def test_of_one_seed_nothing_is_reproduced():
    assert of(1, at_least=0.5).verdict == "consistent"
    assert of(1, at_most=0.5).verdict == "not consistent"


def test_one_number_outside_is_enough_and_one_that_straddles_leaves_it_open():
    inside, straddling, outside = of(1, 1, at_most=2), of(0, 4, at_most=2), of(3, 3, at_most=2)
    assert worst([inside, inside]) == "reproduced"
    assert worst([inside, straddling]) == "undecided"
    assert worst([straddling, outside, inside]) == "not reproduced"


def test_a_rise_is_a_seeds_own_a_step_of_the_sweep():
    table = pd.DataFrame([[1.0, 2, 6], [3, 2, 1], [5, 5, 5]], columns=[0.1, 0.2, 0.4])
    assert rising(table).tolist() == pytest.approx([2.5, -1, 0])


def test_a_slope_is_that_of_least_squares_and_none_over_what_is_always_the_same():
    over = pd.DataFrame([[1.0, 2, 5], [3, 3, 3]])
    of = pd.DataFrame([[0.5, 0.7, 0.1], [1.0, 2, 3]])
    assert slopes(of, over).tolist() == pytest.approx([stats.linregress(over.loc[0], of.loc[0]).slope, 0])


@pytest.mark.slow
def test_of_noise_a_rise_is_found_as_often_as_the_interval_says():
    random, found = np.random.default_rng(0), 0
    for _ in range(2000):
        table = pd.DataFrame(random.standard_normal((3, 3)))
        found += Quantity("x", rising(table), above=0).verdict == "reproduced"
    assert 0.015 < found / 2000 < 0.035
