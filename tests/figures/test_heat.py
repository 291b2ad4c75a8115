import numpy as np
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.experiment.figures import Selection
from monosemanticity.figures import draw
from monosemanticity.figures.heat import plot_activations
from monosemanticity.measures import monosemanticity, responses


def test_colours_run_from_0_to_1_and_neurons_down():
    activations = np.array([[0.0, 2.0, 0.5], [1.0, 0.0, 0.0]])
    image = plot_activations(Figure().subplots(), activations)
    assert image.get_clim() == (0, 1)
    assert image.get_array().tolist() == activations.tolist()
    assert image.origin == "upper"


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
