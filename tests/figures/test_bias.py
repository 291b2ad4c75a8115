import pandas as pd
from matplotlib.figure import Figure

from monosemanticity.figures.bias import band, plot_biases, ranked
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.spacing import Spacing

LOOKS = Looks(Colours(Spacing.of("learning_rate", [0.01])), [], {})


def test_biases_are_in_the_order_of_falling_monosemanticity(rows):
    neurons = rows({"r": [0.2, 1.0, 0.0, 0.5], "bias": [2.0, 1.0, 4.0, 3.0], "strongest_feature": [0, 1, 2, 3]})
    axes = plot_biases(Figure().subplots(), ranked(neurons), LOOKS)
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert axes.lines[0].get_ydata().tolist() == [1, 3, 2, 4]


def test_neurons_that_never_respond_are_apart(rows):
    neurons = rows({"r": [1.0, 0.0], "bias": [-0.5, -1.0], "strongest_feature": [3, None]})
    alive, dead, *_ = plot_biases(Figure().subplots(), ranked(neurons), LOOKS).lines
    assert (alive.get_xdata().tolist(), alive.get_ydata().tolist()) == ([0], [-0.5])
    assert (dead.get_xdata().tolist(), dead.get_ydata().tolist()) == ([1], [-1])
    assert dead.get_color() != alive.get_color()


def test_every_neuron_of_every_seed_is_a_point(rows):
    one, other = (
        rows({"r": [1.0, 0.0], "bias": biases, "strongest_feature": [0, 1]}, seed=seed)
        for seed, biases in ((0, [-1.0, 1.0]), (1, [-2.0, 3.0]))
    )
    points = plot_biases(Figure().subplots(), ranked(pd.concat([one, other])), LOOKS).lines[0]
    assert sorted(zip(points.get_xdata(), points.get_ydata(), strict=True)) == [(0, -2), (0, -1), (1, 1), (1, 3)]


def test_the_band_is_counted_for_each_setting_as_a_mean_over_seeds(rows):
    looks = Looks(Colours(Spacing.of("learning_rate", [0.01, 0.1])), [], {})
    neurons = [
        rows({"r": [1.0] * 4, "bias": biases, "strongest_feature": [0] * 4}, seed=seed, learning_rate=rate)
        for rate, seed, biases in (
            (0.01, 0, [0.05, 0.06, 1, -1]),
            (0.01, 1, [0.06, 0.06, 1, -1]),
            (0.1, 0, [0.0, 0.0, 0.0, 0.06]),
        )
    ]
    assert band(pd.concat(neurons), looks) == "b > 0.05: 2.5, 1 neurons; d + 1 = 7"
