import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.experiment.figures import Selection
from monosemanticity.figures import draw
from monosemanticity.figures.heat import Cells, plot_activations, pooled
from monosemanticity.figures.style import DPI
from monosemanticity.measures import monosemanticity, responses


def test_colours_run_from_0_to_1_and_neurons_down():
    activations = np.array([[0.0, 2.0, 0.5], [1.0, 0.0, 0.0]])
    image = plot_activations(Figure().subplots(), activations, Cells.of(2, 100), Cells.of(3, 100))
    assert image.get_clim() == (0, 1)
    assert image.get_array().tolist() == activations.tolist()
    assert image.origin == "upper"


def test_cells_are_whole_pixels_and_of_too_many_one_shows_the_greatest():
    assert Cells.of(64, 200) == Cells(together=1, shown=64, pixels=3)
    crowded = Cells.of(500, 200)
    assert crowded == Cells(together=3, shown=167, pixels=1)
    values = np.arange(500.0)[:, None]
    assert pooled(values, crowded, Cells.of(1, 10))[:, 0].tolist() == [*range(2, 499, 3), 499]


def test_a_map_is_drawn_in_whole_pixels(smoke_results):
    drawn = draw.picture(shipped_figures()["fig04"], smoke_results)
    axes = drawn.axes[0]
    pixels = axes.get_position().bounds * np.tile(drawn.get_size_inches() * DPI, 2)
    assert pixels == pytest.approx(pixels.round(), abs=1e-6)
    rows, columns = axes.images[0].get_array().shape
    assert (pixels[2].round() % columns, pixels[3].round() % rows) == (0, 0)


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
