import math

import pandas as pd
import pytest

from monosemanticity.claims.quantity import Quantity
from monosemanticity.report.verdicts import ACROSS, figures_of, strip

SHOWN = ["fig01", "fig07", "figS1", "incidental2"]


def of(*values, **bounds):
    return strip(Quantity("a number", pd.Series(values, dtype=float), **bounds), "seed")


@pytest.mark.parametrize(
    ("said", "figures"),
    [("1, 7", ["fig01", "fig07"]), ("S1", ["figS1"]), ("incidental2", ["incidental2"]), ("9", []), ("", [])],
)
def test_figures_are_found_by_what_claims_call_them(said, figures):
    assert figures_of(said, SHOWN) == figures


def test_dots_lie_in_the_order_of_their_values():
    first, second, third = of(3, 1, 2, at_least=0).dots
    assert second < third < first


def test_a_value_inside_its_bounds_is_drawn_in_the_band_and_one_outside_beside_it():
    inside, outside = of(0.5, at_least=0.4, at_most=0.6), of(0.7, at_least=0.4, at_most=0.6)
    assert inside.allowed[0] < inside.dots[0] < inside.allowed[1]
    assert outside.dots[0] > outside.allowed[1]


def test_an_open_bound_reaches_the_end():
    assert of(0.5, at_least=0.4).allowed[1] == ACROSS
    assert of(0.5, at_most=0.6).allowed[0] == 0


def test_the_interval_of_several_seeds_is_drawn_around_their_mean():
    drawn = of(1.0, 2.0, 3.0, above=0)
    low, high = drawn.interval
    assert low < drawn.dots[1] < high


@pytest.mark.parametrize("values", [(math.inf,), (-math.inf,), (0.0,), (1e100, -1e100), (1.0, math.inf)])
@pytest.mark.parametrize("bounds", [{"at_least": 0}, {}])
def test_every_place_is_a_number_on_the_line(values, bounds):
    drawn = of(*values, **bounds)
    assert all(0 <= place <= ACROSS for place in [*drawn.dots, *drawn.interval, *drawn.allowed])
