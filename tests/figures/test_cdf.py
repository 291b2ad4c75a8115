import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.cdf import plot_distributions


def test_a_curve_counts_the_neurons_below_each_threshold():
    axes = Figure().subplots()
    plot_distributions(axes, {1: np.array([1.0, 0.25, 0.25, 0.0]), 4: np.ones(4)})
    x, fraction = axes.lines[0].get_data()
    assert list(x[1:]) == [0, 0.25, 0.25, 1, 1]
    assert list(fraction[1:]) == [0.25, 0.5, 0.75, 1, 1]


def test_a_curve_goes_on_to_1_where_no_neuron_does():
    axes = Figure().subplots()
    plot_distributions(axes, {1: np.array([0.25, 0.5])})
    assert (axes.lines[0].get_xdata()[-1], axes.lines[0].get_ydata()[-1]) == (1, 1)


def test_colours_follow_log2_of_the_step():
    axes = Figure().subplots()
    colours = plot_distributions(axes, {step: np.linspace(0, 1, 5) for step in (1, 2, 4)})
    assert colours.get_clim() == (0, 2)
    assert axes.lines[1].get_color() == pytest.approx(colours.to_rgba(1))


def test_the_last_curve_is_bold():
    axes = Figure().subplots()
    plot_distributions(axes, {step: np.linspace(0, 1, 5) for step in (1, 2, 4)})
    first, second, last = (line.get_linewidth() for line in axes.lines)
    assert first == second < last


def test_figure_2_has_a_curve_a_checkpoint(smoke_results):
    figure = shipped_figures()["fig02"]
    kept = smoke_results.plan.first_at(figure.model).spec.checkpoint_steps
    whole, near = draw.picture(figure, smoke_results).axes[:2]
    assert len(whole.lines) == len(near.lines) == len(kept)
    assert near.get_xlim()[0] == 0.99
