import pandas as pd
import pytest
from matplotlib.figure import Figure

from monosemanticity.figures.shares import plot_shares


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
