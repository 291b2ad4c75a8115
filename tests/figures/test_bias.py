import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.bias import plot_biases, plot_counts, ranked
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.spacing import Spacing

LOOKS = Looks(Colours(Spacing.of("learning_rate", [0.01])), [], {})


def test_biases_are_in_the_order_of_falling_monosemanticity(rows):
    neurons = rows({"r": [0.2, 1.0, 0.0, 0.5], "bias": [2.0, 1.0, 4.0, 3.0], "strongest_feature": [0, 1, 2, 3]})
    axes = plot_biases(Figure().subplots(), ranked(neurons), LOOKS)
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert axes.lines[0].get_ydata().tolist() == [1, 3, 2, 4]


def test_neurons_that_never_respond_are_in_a_strip_of_their_own(smoke_results):
    figure = shipped_figures()["fig11"]
    silent = smoke_results.neurons("LR3")["strongest_feature"].isna().sum()
    points = {axes.get_ylabel(): axes.lines for axes in draw.picture(figure, smoke_results).axes}
    assert silent > 0
    assert sum(len(line.get_xdata()) for line in points["bias of those that\nnever respond"]) == silent


def test_every_neuron_of_every_seed_is_a_point(rows):
    one, other = (
        rows({"r": [1.0, 0.0], "bias": biases, "strongest_feature": [0, 1]}, seed=seed)
        for seed, biases in ((0, [-1.0, 1.0]), (1, [-2.0, 3.0]))
    )
    points = plot_biases(Figure().subplots(), ranked(pd.concat([one, other])), LOOKS).lines[0]
    assert sorted(zip(points.get_xdata(), points.get_ydata(), strict=True)) == [(0, -2), (0, -1), (1, 1), (1, 3)]


def test_the_band_is_counted_for_each_setting_a_dot_a_seed_and_their_mean_in_words(rows):
    looks = Looks(Colours(Spacing.of("learning_rate", [0.01, 0.1])), [], {})
    neurons = [
        rows({"r": [1.0] * 4, "bias": biases, "strongest_feature": [0] * 4}, seed=seed, learning_rate=rate)
        for rate, seed, biases in (
            (0.01, 0, [0.05, 0.06, 1, -1]),
            (0.01, 1, [0.06, 0.06, 1, -1]),
            (0.1, 0, [0.0, 0.0, 0.0, 0.06]),
        )
    ]
    axes = plot_counts(Figure().subplots(), pd.concat(neurons), looks, ["learning_rate"])
    assert [text.get_text() for text in axes.texts] == ["2.5", "1"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0.01", "0.1"]
    assert sorted(axes.lines[0].get_xdata()) == [2, 3]
    assert axes.lines[-1].get_xdata()[0] == 7  # d + 1
