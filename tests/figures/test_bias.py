import pandas as pd
import pytest
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.bias import plot_biases, plot_brackets, plot_counts, ranked
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.spacing import Spacing

LOOKS = Looks(Colours(Spacing.of("learning_rate", [0.01])), [], {})


def test_biases_are_in_the_order_of_falling_monosemanticity(rows):
    neurons = rows({"r": [0.2, 1.0, 0.0, 0.5], "bias": [2.0, 1.0, 4.0, 3.0], "strongest_feature": [0, 1, 2, 3]})
    axes = plot_biases(Figure().subplots(), ranked(neurons), LOOKS)
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert axes.lines[0].get_ydata().tolist() == [1, 3, 2, 4]


def test_every_neuron_of_every_seed_is_a_point(rows):
    one, other = (
        rows({"r": [1.0, 0.0], "bias": biases, "strongest_feature": [0, 1]}, seed=seed)
        for seed, biases in ((0, [-1.0, 1.0]), (1, [-2.0, 3.0]))
    )
    points = plot_biases(Figure().subplots(), ranked(pd.concat([one, other])), LOOKS).lines[0]
    assert sorted(zip(points.get_xdata(), points.get_ydata(), strict=True)) == [(0, -2), (0, -1), (1, 1), (1, 3)]


@pytest.fixture
def three_models(rows):
    """Two seeds at one learning rate, and one at another."""
    return pd.concat(
        rows(
            {"r": [1.0] * 4, "bias": biases, "strongest_feature": [0] * 4, "converged": rate < 0.1},
            seed=seed,
            learning_rate=rate,
        )
        for rate, seed, biases in (
            (0.01, 0, [0.05, 0.06, 1, -1]),
            (0.01, 1, [0.06, 0.06, 1, -1]),
            (0.1, 0, [0.0, 0.0, 0.0, 0.06]),
        )
    )


TWO_RATES = Looks(Colours(Spacing.of("learning_rate", [0.01, 0.1])), [], {})


def test_the_band_is_counted_for_each_named_setting_a_dot_a_seed(three_models):
    axes = plot_counts(Figure().subplots(), three_models, TWO_RATES, ["learning_rate"])
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [sorted(line.get_xdata()) for line in dots] == [[2, 3], [1]]
    assert [line.get_color() for line in dots] == [TWO_RATES.colours.of(rate) for rate in (0.01, 0.1)]
    assert [label.get_text() for label in axes.texts] == ["2.5", "1"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0.01", "0.1"]
    assert axes.get_ylabel() == "learning rate"


def test_the_dots_of_a_setting_that_has_not_converged_are_hollow(three_models):
    axes = plot_counts(Figure().subplots(), three_models, TWO_RATES, ["learning_rate"])
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() == "white" for line in dots] == [False, True]


def test_models_end_together_at_the_last_neuron_that_responds(rows):
    all_respond, two_do = (
        rows({"r": [1.0, 0.5, r], "bias": [0.0] * 3, "strongest_feature": [0, 1, feature]}, learning_rate=rate)
        for rate, r, feature in ((0.01, 0.2, 2), (0.1, 0.0, None))
    )
    placed = ranked(pd.concat([all_respond, two_do])).groupby("learning_rate")["rank"]
    assert [sorted(ranks) for _, ranks in placed] == [[0, 1, 2], [1, 2, 3]]


def test_a_bracket_spans_d_plus_1_neurons_up_to_the_last_that_responds(rows):
    neurons = rows({"r": [0.1] * 12 + [0.0], "bias": [0.0] * 13, "strongest_feature": [0] * 12 + [None]})
    axes = plot_brackets(Figure().subplots(), ranked(neurons))
    assert [list(line.get_xdata()) for line in axes.lines] == [[5, 11]]
    nobody = plot_brackets(Figure().subplots(), ranked(neurons.assign(strongest_feature=None)))
    assert not nobody.lines
    assert [text.get_text() for text in axes.texts] == ["d + 1 = 7"]


def test_the_counts_have_a_line_at_d_plus_1(three_models):
    axes = plot_counts(Figure().subplots(), three_models, TWO_RATES, ["learning_rate"])
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() != "o"] == [7]


def test_figure_5_shows_the_neurons_of_the_first_seed_and_counts_all(smoke_results):
    neurons = smoke_results.neurons("LR1")
    first = neurons[neurons["seed"] == neurons["seed"].min()]
    drawn = draw.picture(shipped_figures()["fig05"], smoke_results)
    dots, counted = (
        sum(len(line.get_xdata()) for axes in drawn.axes for line in axes.lines if line.get_marker() == marker)
        for marker in (".", "o")
    )
    assert (dots, counted) == (len(first), neurons["run"].nunique())


def test_neurons_that_never_respond_have_a_strip_and_the_colour_of_their_run(smoke_results):
    neurons = smoke_results.neurons("LR1")
    silent = neurons.loc[neurons["seed"] == neurons["seed"].min(), "strongest_feature"].isna()
    drawn = draw.picture(shipped_figures()["fig05"], smoke_results)
    panels = {axes.get_ylabel(): axes for axes in drawn.axes}
    shown = {
        name: sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == ".")
        for name, axes in panels.items()
    }
    assert shown["bias"] == (~silent).sum()
    assert shown.get("bias\n(silent)", 0) == silent.sum()
