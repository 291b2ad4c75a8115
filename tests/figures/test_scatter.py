import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.scatter import plot_points, plot_scale, settings_of


def models(
    bias_offset: list[float], epsilon: list[float], per_feature: list[float], converged: bool | list[bool] = True
) -> pd.DataFrame:
    columns = {"bias_offset": bias_offset, "epsilon": epsilon, "per_feature": per_feature, "converged": converged}
    return pd.DataFrame(columns).assign(run=range(len(bias_offset)))


def test_points_outside_the_range_are_not_shown():
    settings = settings_of(models([-2, -0.4, -0.1, 0.5], [1 / 4] * 4, [0.9, 0.7, 0.5, 0.1]))
    points = plot_points(Figure().subplots(), settings)
    assert points.get_offsets().tolist() == [[-0.4, -2], [-0.1, -2]]
    assert points.get_array().tolist() == [0.7, 0.5]


def test_a_point_is_the_mean_over_seeds():
    points = plot_points(Figure().subplots(), settings_of(models([0, 0], [1 / 8, 1 / 8], [0.25, 0.75])))
    assert points.get_array().tolist() == [0.5]


def test_a_point_has_a_white_centre_unless_most_of_its_runs_have_converged():
    drawn = models([0, 0, -0.1, -0.1, -0.1], [1 / 8] * 5, [1] * 5, [True, False, True, True, False])
    axes = Figure().subplots()
    plot_points(axes, settings_of(drawn))
    (centres,) = axes.lines
    assert (centres.get_xdata().tolist(), centres.get_ydata().tolist()) == ([0], [-3])
    assert to_rgba(centres.get_color()) == to_rgba("white")


def test_without_models_in_the_range_there_are_no_points():
    settings = settings_of(models([-2], [1 / 4], [1]))
    assert len(plot_points(Figure().subplots(), settings).get_offsets()) == 0
    assert settings["converged"].all()


def test_the_curve_is_minus_the_square_root():
    axes = plot_scale(Figure().subplots(), pd.Series([1 / 16, 1 / 256]))
    x, y = axes.lines[0].get_data()
    assert x == pytest.approx(-np.sqrt(2**y))
    assert axes.get_ylim() == (-8.5, -3.5)


def test_figure_9_names_its_curve(smoke_results):
    (legend,) = draw.picture(shipped_figures()["fig09"], smoke_results).legends
    assert [text.get_text() for text in legend.get_texts()] == ["\N{MINUS SIGN}√ε"]
