import pandas as pd
import pytest
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.poly_lines import LARGEST_RANGE, end_ranges, in_d_over_N


def test_slopes_are_in_units_of_d_over_N():
    features = pd.DataFrame({"N": [512, 256], "d": [64, 64], "poly_slope": [0.125, 0.125]})
    assert in_d_over_N(features)["poly_slope"].tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("ranges", "said"), [([0.01, 0.02, 0.03, 0.5], ["0.25 of all beyond"]), ([0.01, 0.02, 0.03, 0.03], [])]
)
def test_what_lies_beyond_the_axis_of_ranges_is_said(ranges, said):
    axes = end_ranges(Figure().subplots(), pd.Series(ranges))
    assert [text.get_text() for text in axes.texts] == said
    assert (axes.get_xlim()[1] == LARGEST_RANGE) == bool(said)


def test_figure_S6_marks_what_the_paper_says_of_each_panel(smoke_results):
    panels = draw.picture(shipped_figures()["figS6"], smoke_results).axes[:3]
    assert [len(axes.patches) for axes in panels] == [1, 1, 1]
    assert [patch.get_bbox().intervalx.tolist() for patch in panels[1].patches] == [[0.72, 1.28]]
