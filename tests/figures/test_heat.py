import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from helpers.figures import shipped_figures
from monosemanticity.experiment.figures import Selection
from monosemanticity.figures import draw
from monosemanticity.figures.heat import HIGHEST, Cells, counts, kinds, plot_activations, pooled, room_across
from monosemanticity.measures import monosemanticity, responses
from monosemanticity.model.trained import Model


def test_colours_run_from_0_to_1_and_neurons_down():
    activations = np.array([[0.0, 2.0, 0.5], [1.0, 0.0, 0.0]])
    image = plot_activations(Figure().subplots(), activations, Cells.of(2, 9), Cells.of(3, 9))
    assert image.get_clim() == (0, 1)
    assert image.get_array().tolist() == activations.tolist()
    assert image.get_extent() == [-0.5, 2.5, 1.5, -0.5]


@pytest.mark.parametrize(
    ("count", "room", "cells", "length"),
    [(3, 10, (1, 3, 3), 9), (10, 10, (1, 10, 1), 10), (11, 10, (2, 6, 1), 6), (1024, 1280, (1, 1024, 1), 1024)],
)
def test_cells_are_whole_pixels_and_share_one_where_there_are_too_few(count, room, cells, length):
    assert Cells.of(count, room) == cells
    assert Cells.of(count, room).length == length <= room


def test_cells_that_share_a_pixel_show_the_greatest():
    values = np.array([[0, 1, 2], [3, 0, 0], [0, 0, 5]])
    assert pooled(values, Cells.of(3, 2), Cells.of(3, 2)).tolist() == [[3, 2], [0, 5]]
    assert pooled(values, Cells.of(3, 3), Cells.of(3, 3)).tolist() == values.tolist()


def test_neurons_are_of_a_kind_in_the_order_of_the_map():
    model = Model(
        task="decoder",
        activation="relu",
        frequencies=np.full(2, 0.25),
        P=np.eye(2),
        W1=np.array([[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 0.5]]),
        b=np.array([-1.0, 0.1, -0.5, 0.0]),
        W2=np.zeros((4, 2)),
    )
    assert kinds(model, monosemanticity.responses(model)).tolist() == [1, 0, 2, 3]


def test_a_panel_says_how_many_neurons_are_of_a_kind():
    assert counts(np.array([1, 0, 2, 3, 3])) == "1 mono, 1 positive bias, 2 silent"
    assert counts(np.array([0])) == "0 mono, 0 positive bias, 0 silent"


def test_every_cell_of_a_picture_is_one_colour_and_of_one_size(smoke_results, tmp_path):
    figure = shipped_figures()["fig04"]
    drawn = draw.picture(figure, smoke_results)
    draw.save(drawn, tmp_path / "fig04.png", "png", {})
    pixels = imread(tmp_path / "fig04.png")
    height, width = pixels.shape[:2]
    for axes in drawn.axes[: len(figure.panels)]:
        left, bottom, wide, high = np.round(np.multiply(axes.get_position().bounds, (width, height) * 2)).astype(int)
        (image,) = axes.images
        values = image.get_array()
        part = pixels[height - bottom - high : height - bottom, left : left + wide, :3]
        cells = part.reshape(values.shape[0], high // values.shape[0], values.shape[1], wide // values.shape[1], 3)
        assert np.ptp(cells, axis=(1, 3)).max() == 0
        wanted = image.cmap(image.norm(values))[..., :3]
        assert np.abs(cells[:, 0, :, 0] - wanted).max() < 1 / 128


def test_figure_20_shows_its_settings_with_the_numbers_of_the_runs(smoke_results):
    figure = shipped_figures()["fig20"]
    panels = draw.picture(figure, smoke_results).axes[:3]
    for axes, chosen in zip(panels, figure.panels, strict=True):
        spec, model = smoke_results.final_model(chosen)
        assert axes.get_title() == f"ε = {'1/8' if spec.epsilon == 0.125 else f'{spec.epsilon:.4g}'}"
        assert np.array_equal(axes.images[0].get_array(), responses.picture(monosemanticity.responses(model)))


def test_a_grid_says_both_of_its_fields(smoke_results):
    at = smoke_results.plan.batches["B3-GeLU"].members[0].setting
    chosen = Selection(batch="B3-GeLU", at=at)
    figure = shipped_figures()["fig04"].model_copy(update={"panels": [chosen]})
    title = draw.picture(figure, smoke_results).axes[0].get_title()
    assert title == "learning rate 0.001\ninitial mean bias \N{MINUS SIGN}3"


def test_a_page_has_room_for_a_pixel_a_cell_of_the_papers_maps():
    assert Cells.of(512, room_across(3)) == (1, 512, 1)
    assert Cells.of(1024, HIGHEST).together == 1
