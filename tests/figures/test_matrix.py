import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.heat import Cells
from monosemanticity.figures.matrix import furthest, plot_map, plot_spectrum, spectrum
from monosemanticity.measures import polysemantic


def test_inputs_run_across_in_colours_that_end_at_the_largest_off_the_diagonal():
    linear, side = np.array([[5.0, -3.0], [0.0, 2.0]]), Cells.of(2, 9)
    image = plot_map(Figure().subplots(), linear, side, side)
    assert image.get_clim() == (-3, 3)
    assert image.get_array().tolist() == [[5, 0], [-3, 2]]
    assert image.axes.get_title() == "diagonal 3.50 on average"


@pytest.mark.parametrize("count", [1, 3])
def test_a_map_of_zeros_can_be_drawn(count):
    side = Cells.of(count, 9)
    assert plot_map(Figure().subplots(), np.zeros((count, count)), side, side).get_clim() == (-1, 1)


def test_values_that_share_a_cell_show_the_furthest_from_zero():
    values = np.array([[1.0, -2.0, 0.0], [0.5, 0.0, -3.0]])
    assert furthest(values, Cells.of(2, 1), Cells.of(3, 2)).tolist() == [[-2, -3]]


def test_the_zeros_past_the_dth_singular_value_are_shown_and_those_near_1_also_larger():
    axes = plot_spectrum(Figure().subplots(), np.array([1.03, 0.99, 0.1]), 5)
    (near,) = axes.child_axes
    assert axes.lines[0].get_ydata().tolist() == [1.03, 0.99, 0.1, 0, 0]
    assert near.lines[0].get_ydata().tolist() == [1.03, 0.99]
    assert axes.get_ylim()[0] < 0


def test_without_values_near_1_there_is_no_inset():
    assert not plot_spectrum(Figure().subplots(), np.zeros(3), 5).child_axes


@pytest.mark.parametrize(
    ("values", "words"),
    [([1.03, 1.0, 0.99, 0.0], "rank 3, 0.99\N{EN DASH}1.03"), ([0.0, 0.0], "rank 0")],
)
def test_the_spectrum_leaves_out_zeros(values, words):
    assert spectrum(np.array(values)) == words


def test_figure_26_shows_the_singular_values_and_what_the_positive_biases_give_out(smoke_results):
    figure = shipped_figures()["fig26"]
    _, model = smoke_results.final_model(figure.model)
    _, values, constant, _ = draw.picture(figure, smoke_results).axes
    shown = values.lines[0].get_ydata()
    assert len(shown) == len(model.P)
    assert shown[: model.P.shape[1]].tolist() == polysemantic.singular_values(model).tolist()
    positive = model.b > 0
    assert constant.lines[0].get_ydata() == pytest.approx(model.b[positive] @ model.W2[positive])
    assert [len(axes.patches) for axes in (values, constant)] == [1, 1]


def test_every_cell_of_the_map_is_one_colour(smoke_results, tmp_path):
    drawn = draw.picture(shipped_figures()["fig26"], smoke_results)
    draw.save(drawn, tmp_path / "fig26.png", "png", {})
    pixels = imread(tmp_path / "fig26.png")
    height, width = pixels.shape[:2]
    left, bottom, wide, high = np.round(np.multiply(drawn.axes[0].get_position().bounds, (width, height) * 2)).astype(
        int
    )
    part = pixels[height - bottom - high : height - bottom, left : left + wide, :3]
    rows, columns = drawn.axes[0].images[0].get_array().shape
    assert np.ptp(part.reshape(rows, high // rows, columns, wide // columns, 3), axis=(1, 3)).max() == 0
