import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.matrix import plot_map, spectrum
from monosemanticity.measures import polysemantic


def test_inputs_run_across_and_white_is_zero():
    linear = np.array([[1.0, -3.0], [0.0, 2.0]])
    image = plot_map(Figure().subplots(), linear)
    assert image.get_clim() == (-3, 3)
    assert image.get_array().tolist() == [[1, 0], [-3, 2]]


def test_a_map_of_zeros_can_be_drawn():
    assert plot_map(Figure().subplots(), np.zeros((3, 3))).get_clim() == (-1, 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [([1.03, 1.0, 0.99, 0.0], "rank 3, 0.99\N{EN DASH}1.03"), ([0.0, 0.0], "rank 0")],
)
def test_the_spectrum_leaves_out_zeros(values, words):
    assert spectrum(np.array(values)) == words


def test_figure_26_shows_the_singular_values_and_what_the_positive_biases_give_out(smoke_results):
    figure = shipped_figures()["fig26"]
    _, model = smoke_results.final_model(figure.model)
    _, values, constant = draw.picture(figure, smoke_results).axes[:3]
    assert values.lines[0].get_ydata().tolist() == polysemantic.singular_values(model).tolist()
    positive = model.b > 0
    assert constant.lines[0].get_ydata() == pytest.approx(model.b[positive] @ model.W2[positive])
    assert [len(axes.patches) for axes in (values, constant)] == [1, 1]
