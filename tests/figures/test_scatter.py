import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from monosemanticity.figures.scatter import plot_points, plot_scale


def models(bias_offset: list[float], epsilon: list[float], mono_neurons: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"bias_offset": bias_offset, "epsilon": epsilon, "mono_neurons": mono_neurons})


def test_points_outside_the_range_are_not_shown():
    axes = Figure().subplots()
    points = plot_points(axes, models([-2, -0.4, -0.1, 0.5], [1 / 4] * 4, [9, 7, 5, 1]))
    assert points.get_offsets().tolist() == [[-0.4, -2], [-0.1, -2]]
    assert points.get_array().tolist() == [7, 5]


def test_a_point_is_the_mean_over_seeds():
    points = plot_points(Figure().subplots(), models([0, 0], [1 / 8, 1 / 8], [4, 8]))
    assert points.get_array().tolist() == [6]


def test_the_curve_is_minus_the_square_root():
    axes = plot_scale(Figure().subplots(), pd.Series([1 / 16, 1 / 256]))
    x, y = axes.lines[0].get_data()
    assert x == pytest.approx(-np.sqrt(2**y))
    assert axes.get_ylim() == (-8.5, -3.5)
