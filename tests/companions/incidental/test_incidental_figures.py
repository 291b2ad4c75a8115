"""Each figure, drawn from results made by hand, shows them."""

import numpy as np
import pytest
from companions.incidental.cases import EXPERIMENTS, HandMade, grid, models, results
from matplotlib.figure import Figure

from monosemanticity.companions.draw import DRAW
from monosemanticity.companions.incidental import published
from monosemanticity.companions.incidental.catalogue import FIGURES
from monosemanticity.companions.incidental.figures import averages, bases, counts, winners


def drawn(name: str, given: HandMade | None = None) -> Figure:
    figure = DRAW[name](given or results())
    figure.canvas.draw()
    return figure


def curve(axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Of a line or error bars by their label."""
    lines = [line for line in axes.lines if line.get_label() == label]
    bars = [each.lines[0] for each in axes.containers if each.get_label() == label]
    x, y = (lines + bars)[0].get_data()
    return np.asarray(x), np.asarray(y)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_from_the_experiments_it_names(name):
    some = {experiment: EXPERIMENTS[experiment] for experiment in FIGURES[name].experiments}
    given = HandMade(some, columns=results().columns, models=models(1))
    assert drawn(name, given).axes


def test_figures_are_numbered_in_order_and_all_can_be_drawn():
    assert list(FIGURES) == [f"incidental{number}" for number in range(1, len(FIGURES) + 1)]


def test_sparsification_stands_beside_its_predictions():
    (axes,) = drawn("incidental1").axes
    t, nonzero = curve(axes, "nonzero weights $m'$")
    at, expected = curve(axes, "nonzero weights $m'$, predicted")
    assert nonzero == pytest.approx(1.11 * np.interp(t, at, expected), rel=0.05)
    assert t[0] == 500


def test_counts_are_means_and_the_source_stands_in_proportion():
    (axes,) = drawn("incidental2").axes
    m, count = curve(axes, "trained models")
    assert list(m) == [64, 128, 256]
    assert count == pytest.approx(0.85 * 64**2 / 4 / m)
    printed = axes.lines[0]
    assert list(printed.get_xdata()) == [64, 128, 192, 256]
    assert printed.get_ydata()[0] == pytest.approx(published.COUNTS[256] / 4)


def test_each_penalty_has_a_curve_beside_those_of_the_others():
    (axes,) = drawn("incidental3").axes
    low, high = (curve(axes, rf"$\lambda$ = {l1:g}")[0] for l1 in (0.001, 0.01))
    assert high / low == pytest.approx(counts.SHIFT)
    assert list(low * high) == pytest.approx([64**2, 128**2])


def test_ranks_of_winners_are_shares_of_features_with_their_error_beside_chance():
    ranks = np.array([[1.0, 2, np.nan], [1, 11, 1], [np.nan] * 3])
    axes = winners.plot_ranks(Figure().subplots(), ranks, 20)
    assert [bar.get_height() for bar in axes.patches[:3]] == pytest.approx([7 / 12, 1 / 4, 0])
    (errors,) = axes.collections
    assert np.ptp(errors.get_segments()[0][:, 1]) == pytest.approx(2 * 1 / 12)
    assert set(curve(axes, "by chance")[1]) == {1 / 20}


def test_every_panel_of_winners_says_which_models_it_shows():
    panels = drawn("incidental4").axes[:3]
    assert [axes.get_title() for axes in panels] == [
        "AdamW, $m$ = 8, one model",
        "AdamW, $m$ = 8, all models",
        "all $m$, all models",
    ]
    heights = {axes.get_window_extent().height for axes in panels}
    assert max(heights) == pytest.approx(min(heights))


def test_the_map_of_winners_holds_the_products_of_starts_and_ends():
    start, end = np.array([[1.0, 2], [0, 1]]), np.array([[0.0, 1], [1, 0]])
    picture = winners.plot_products(Figure().subplots(), start, end)
    assert picture.get_array().tolist() == [[2, 1], [1, 0]]


def test_noise_has_a_panel_a_kind_and_a_curve_a_strength():
    left, right = drawn("incidental5").axes
    for axes, kind in ((left, "bernoulli"), (right, "gaussian")):
        squares = [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines if line.get_marker() == "s"]
        for sigma, value in published.FOURTH_NORMS[kind].items():
            steps, norms = curve(axes, rf"$\sigma$ = {sigma:g}")
            assert norms == pytest.approx(value)
            assert (steps[-1], value) in squares


def test_co_occurrence_has_a_place_for_0():
    (axes,) = drawn("incidental6").axes
    q, count = curve(axes, "polysemantic neurons")
    assert list(q) == [0, 0.1, 1]
    assert count[2] == 0


def test_the_repair_is_shown_before_and_after():
    neurons, shares = drawn("incidental7").axes
    assert curve(neurons, "before the split")[1] == pytest.approx(4 * 2.6 / 3)
    assert curve(neurons, "at the end")[1] == pytest.approx(2.6 / 3)
    assert shares.containers[0].lines[0].get_ydata() == pytest.approx(np.mean([3 / 4, 4 / 5, 5 / 6]))


def test_collisions_are_shown_at_every_kept_step():
    (axes,) = drawn("incidental8").axes
    steps, benign = curve(axes, "benign collisions")
    assert list(steps) == [0, 1, 2, 4, 8]
    assert benign == pytest.approx(11)
    assert 2**0 in axes.get_xticks()
    assert axes.get_ylim()[0] < min(curve(axes, "malign collisions")[1]) == 0


def test_the_two_starts_stand_beside_what_is_necessary():
    (axes,) = drawn("incidental9").axes
    assert list(curve(axes, "features start apart")[1][1:]) == [0, 0]
    assert curve(axes, "$n - m$")[1][0] == 2


def test_neurons_with_a_relu_have_a_curve_of_their_own():
    angles, neurons = drawn("incidental10").axes
    assert list(curve(neurons, "ReLU neurons")[0]) == [4, 6]
    assert angles.get_yscale() == "log"


def test_angles_reach_as_far_as_the_data():
    start, end = np.array([[-0.1, 0.05]]), np.array([[0.2, -0.01]])
    axes = bases.plot_cosines(Figure().subplots(), start, end)
    assert np.abs(axes.get_xlim()) == pytest.approx(0.2, rel=0.2)
    assert [each.get_label() for each in axes.patches] == ["at the start", "at the end"]


def test_bands_hold_four_of_five_instances():
    axes = Figure().subplots()
    given = HandMade({"a": grid(instances=11)}, columns={"l1_norm": lambda spec, step, instance: 10.0 * instance})
    averages.plot_band(axes, given.table("a"), "step", "l1_norm")
    heights = {height for _, height in axes.collections[0].get_paths()[0].vertices.tolist()}
    assert heights == {10, 90}
