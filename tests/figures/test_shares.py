import pandas as pd
import pytest
from matplotlib.figure import Figure

from monosemanticity.experiment.figures import Printed
from monosemanticity.figures.shares import mark_bar, plot_shares


def test_every_count_stands_beside_its_bar_however_small(rows):
    counted = {"mono_features": [20], "one_mono_features": [19], "almost_mono_features": [3]}
    axes = plot_shares(Figure().subplots(), rows(counted, N=24), ["learning_rate"])
    assert [text.get_text() for text in axes.texts if text.get_text().isdigit()] == ["19", "1", "3", "1"]
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(1)


def test_a_batch_that_sweeps_nothing_has_one_bar_and_its_comparison_run_another(rows):
    counted = {"mono_features": [20], "one_mono_features": [19], "almost_mono_features": [3]}
    both = pd.concat([rows(counted, N=24), rows(counted, N=24, comparison=True, apart="learning rate 0.1")])
    axes = plot_shares(Figure().subplots(), both, [])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["", "learning rate 0.1"]


def test_what_the_paper_prints_is_marked_on_the_bar_of_such_models(rows):
    counted = {"mono_features": [20], "one_mono_features": [19], "almost_mono_features": [3]}
    models = pd.concat([rows(counted, N=24, learning_rate=rate) for rate in (0.01, 0.03)])
    paper = [Printed(panel="share", value=(0.75, 0.875), of={"learning_rate": 0.03})]
    marks = plot_shares(Figure().subplots(), models, ["learning_rate"], paper).lines
    assert [mark.get_xdata().tolist() for mark in marks] == [[0.75, 0.75], [0.875, 0.875]]
    assert [mark.get_ydata().tolist() for mark in marks] == [[0.5, 1.5]] * 2


def test_of_several_seeds_each_is_a_dot(rows):
    models = pd.concat([rows({"one_mono_features": [ones]}, N=24, seed=seed) for seed, ones in enumerate((6, 12))])
    (dots,) = mark_bar(Figure().subplots(), 3, models, []).lines
    assert (dots.get_xdata().tolist(), list(dots.get_ydata())) == ([0.25, 0.5], [3, 3])
