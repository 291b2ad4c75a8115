import pytest
from matplotlib.figure import Figure
from pydantic import ValidationError

from helpers.figures import shipped_figures
from helpers.project import ROOT
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.figures import Column, Printed, Trace
from monosemanticity.experiment.plan import Plan, make_plan
from monosemanticity.figures.printed import handles, mark_across, mark_upright


def trace(*paper: Printed) -> Trace:
    said = {"title": "", "caption": "", "colour": "epsilon"}
    return Trace(kind="trace", columns=[Column(batches=["LR3"])], panels=["loss"], paper=list(paper), **said)


def at(plan: Plan, figure: Trace) -> list[Printed]:
    """What a plan marks of a figure."""
    return figure.of_runs([spec.model_dump() for spec in plan.specs_of(figure)]).paper


@pytest.mark.parametrize(("scale", "panels"), [("paper", ["loss", "loss"]), ("smoke", ["loss"])])
def test_what_depends_on_numbers_is_marked_where_runs_have_these(scale, panels):
    plan = make_plan(read_config(ROOT / "config.yaml", {"scale": scale}))
    figure = trace(Printed(panel="loss", value=0.9, of={"N": 512, "epsilon": 1 / 64}), Printed(panel="loss", value=1))
    assert [each.panel for each in at(plan, figure)] == panels


def test_a_single_run_of_these_numbers_is_enough():
    plan = make_plan(read_config(ROOT / "config.yaml", {"scale": "paper"}))
    rates = {rate: trace(Printed(panel="loss", value=1, of={"learning_rate": rate})) for rate in (0.03, 0.04)}
    assert [len(at(plan, figure)) for figure in rates.values()] == [1, 0]


def test_a_plan_has_figures_with_the_numbers_of_their_runs():
    losses = {
        scale: len(make_plan(read_config(ROOT / "config.yaml", {"scale": scale})).catalogue["fig01"].paper)
        for scale in ("paper", "preview")
    }
    assert losses == {"paper": 1, "preview": 0}


def test_a_panel_that_the_figure_lacks_is_refused():
    with pytest.raises(ValidationError, match="mean_bias is no panel of this figure; it can mark loss"):
        trace(Printed(panel="mean_bias", value=1))


def test_a_number_is_a_line_and_a_range_a_band_of_its_panel():
    shown = [Printed(panel="loss", value=2), Printed(panel="loss", value=(3, 5)), Printed(panel="other", value=7)]
    axes = Figure().subplots()
    across = [patch.get_bbox() for patch in mark_across(axes, shown, "loss").patches]
    assert [(box.y0, box.y1) for box in across] == [(2, 2), (3, 5)]
    upright = [patch.get_bbox() for patch in mark_upright(Figure().subplots(), shown, "loss", lambda x: -x).patches]
    assert [(box.x0, box.x1) for box in upright] == [(-2, -2), (-3, -5)]


def test_a_line_has_an_edge_to_be_seen_by_and_a_band_is_no_wider_than_it_is():
    shown = [Printed(panel="loss", value=2), Printed(panel="loss", value=(3, 5)), Printed(panel="loss", value=(2, 2))]
    for mark in (mark_across, mark_upright):
        line, band, without_width = mark(Figure().subplots(), shown, "loss").patches
        assert band.get_linewidth() == 0
        assert line.get_linewidth() == without_width.get_linewidth() > 0


def test_a_band_may_hold_along_a_share_of_a_panel():
    (band,) = mark_across(Figure().subplots(), [Printed(panel="loss", value=(3, 5))], "loss", share=0.25).patches
    assert (band.get_bbox().x0, band.get_bbox().x1) == (0, 0.25)


def test_there_is_one_legend_entry_or_none():
    assert [len(handles(shown)) for shown in ([], [Printed(panel="loss", value=1)] * 3)] == [0, 1]


def test_the_shipped_figures_mark_numbers_of_the_paper():
    assert sum(len(figure.paper) for figure in shipped_figures().values()) > 0
