import pandas as pd
from matplotlib.figure import Figure

from monosemanticity.figures.bias import plot_biases, ranked
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.spacing import Spacing

LOOKS = Looks(Colours(Spacing.of("learning_rate", [0.01])), [], {})


def test_biases_are_in_the_order_of_falling_monosemanticity(rows):
    neurons = rows({"r": [0.2, 1.0, 0.0, 0.5], "bias": [2.0, 1.0, 4.0, 3.0]})
    axes = plot_biases(Figure().subplots(), ranked(neurons), LOOKS)
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert axes.lines[0].get_ydata().tolist() == [1, 3, 2, 4]


def test_seeds_are_averaged_rank_by_rank(rows):
    one = rows({"r": [1.0, 0.0], "bias": [-1.0, 1.0]}, seed=0)
    other = rows({"r": [0.0, 1.0], "bias": [3.0, -2.0]}, seed=1)
    axes = plot_biases(Figure().subplots(), ranked(pd.concat([one, other])), LOOKS)
    assert axes.lines[0].get_ydata().tolist() == [-1.5, 2]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (-2, 3)
