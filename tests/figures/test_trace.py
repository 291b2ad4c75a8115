import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw, trace
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.curves import Looks
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import RED
from monosemanticity.figures.trace import (
    Curves,
    around_zero,
    difference,
    explained,
    falls,
    follow,
    label_ends,
    mark_cut,
    mark_ends_above,
    marks,
    over_periods,
    plateau,
    plot_panel,
)


@pytest.fixture
def followed(rows):
    """A run of four steps with the losses given, measured after all but the third, as panels show it."""

    def followed(loss: list[float], converged: bool = True, dead: bool = False, **instead) -> pd.DataFrame:
        trace = {"step": [1, 2, 3, 4], "loss": loss, "min_loss": np.minimum.accumulate(loss), "period_loss": loss}
        measures = {"step": [1, 2, 4], "per_feature": [0, 0.25, 0.5], "mean_bias": [-1.0, -0.5, -0.25]}
        return follow(rows(trace, **instead), rows(measures, **instead)).assign(converged=converged, dead=dead)

    return followed


def curves(batch: pd.DataFrame, field: str = "learning_rate", *others: str) -> Curves:
    colours = Colours(Spacing.of(field, batch.loc[~batch["comparison"], field]))
    return Curves("X", batch, [field, *others], Looks.of(batch, [field, *others], colours))


def test_what_was_measured_stands_beside_the_loss_of_its_step(followed):
    both = pd.concat([followed([3, 1, 2, 0.5]), followed([9, 8, 10, 7], seed=1)])
    assert both["loss"].tolist() == [3, 1, 2, 0.5, 9, 8, 10, 7]
    assert both["mean_bias"].fillna(0).tolist() == [-1, -0.5, 0, -0.25] * 2


def test_a_run_that_is_in_a_batch_and_beside_it_is_followed_in_both_places(rows):
    trace, measures = {"step": [1, 2], "loss": [2.0, 1.0]}, {"step": [1, 2], "mean_bias": [0.0, 1.0]}
    both = [pd.concat([rows(columns), rows(columns, comparison=True)]) for columns in (trace, measures)]
    followed = follow(*both)
    assert followed["comparison"].tolist() == [False, False, True, True]
    assert followed["mean_bias"].tolist() == [0, 1, 0, 1]


def test_a_long_trace_is_thinned_and_keeps_its_minimum_and_what_was_measured(rows):
    step = np.arange(16, 12384 + 1, 16)
    kept = [*(2 ** np.arange(4, 14)).tolist(), 12384]
    loss = np.full(len(step), 2.0)
    loss[700] = 1.0
    columns = {"step": step, "loss": loss, "min_loss": np.minimum.accumulate(loss)}
    followed = follow(rows(columns), rows({"step": kept, "mean_bias": np.zeros(len(kept))}))
    an_octave = followed[followed["step"].between(2**12, 2**13, inclusive="left")]
    assert len(an_octave) == trace.POINTS_AN_OCTAVE
    assert followed.loc[followed["mean_bias"].notna(), "step"].tolist() == kept
    assert followed["min_loss"].iloc[-1] == 1.0


def test_the_difference_is_the_second_minus_the_first_at_equal_settings(followed):
    first = pd.concat([followed([5, 4, 4, 3], k=8), followed([3, 3, 3, 2], k=16)])
    second = pd.concat([followed([5, 5, 5, 1], k=8), followed([2, 4, 1, 1], k=16), followed([1, 1, 1, 1], k=32)])
    both = difference(curves(first, "k"), curves(second, "k"))
    by_k = {k: rows["period_loss"].tolist() for k, rows in both.rows.groupby("k")}
    assert by_k == {8: [0, 1, 1, -2], 16: [-1, 1, -2, -1]}


def test_a_setting_that_the_first_alone_sweeps_over_is_compared_with_itself(followed):
    rates = {rate: followed([rate, rate, rate, rate], k=8, learning_rate=rate) for rate in (0.25, 0.5)}
    second = followed([1, 1, 1, 1], k=8, learning_rate=0.5)
    both = difference(curves(pd.concat(rates.values()), "k", "learning_rate"), curves(second, "k"))
    assert both.rows["period_loss"].tolist() == [0.5] * 4


def test_a_curve_a_setting_at_log2_of_the_step_in_its_colour(followed):
    shown = curves(pd.concat([followed([4, 3, 2, 1], learning_rate=rate) for rate in (0.001, 0.01, 0.1)]))
    axes = plot_panel(Figure().subplots(), "loss", [shown])
    assert len(axes.lines) == 3
    assert axes.lines[0].get_xdata() == pytest.approx(np.log2([1, 2, 3, 4]))
    assert axes.lines[0].get_ydata().tolist() == [4, 3, 2, 1]
    assert [line.get_color() for line in axes.lines] == [shown.looks.colours.of(rate) for rate in (0.001, 0.01, 0.1)]


def test_steps_without_a_measurement_are_left_out(followed):
    axes = plot_panel(Figure().subplots(), "mean_bias", [curves(followed([1, 1, 1, 1]))])
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2]
    assert axes.lines[0].get_ydata().tolist() == [-1, -0.5, -0.25]


def test_one_mono_neuron_a_feature_is_marked(followed):
    axes = plot_panel(Figure().subplots(), "mono_per_feature", [curves(followed([1, 1, 1, 1]))])
    level = axes.lines[-1]
    assert (level.get_ydata()[0], level.get_linestyle()) == (1, ":")


def test_several_seeds_are_a_mean_and_a_thinner_line_each(followed):
    two = pd.concat([followed([4, 4, 4, 4], seed=0), followed([2, 2, 2, 2], seed=1)])
    mean, *seeds = plot_panel(Figure().subplots(), "loss", [curves(two)]).lines
    assert mean.get_ydata().tolist() == [3, 3, 3, 3]
    assert [seed.get_ydata().tolist() for seed in seeds] == [[4, 4, 4, 4], [2, 2, 2, 2]]
    assert all(seed.get_linewidth() < mean.get_linewidth() for seed in seeds)


def test_the_run_beside_the_sweep_is_red(followed):
    beside = followed([1, 1, 1, 1], comparison=True, bias_offset=-1.0)
    axes = plot_panel(Figure().subplots(), "loss", [curves(pd.concat([followed([2, 2, 2, 2]), beside]))])
    assert [line.get_color() for line in axes.lines[1:]] == [RED]
    assert axes.lines[1].get_ydata().tolist() == [1, 1, 1, 1]


def test_a_grid_has_a_line_style_for_the_field_that_is_not_coloured(followed):
    grid = pd.concat(
        [followed([1, 1, 1, 1], learning_rate=rate, bias_offset=bias) for rate in (0.1, 0.01) for bias in (-1.0, 0.0)]
    )
    shown = curves(grid, "learning_rate", "bias_offset")
    lines = plot_panel(Figure().subplots(), "loss", [shown]).lines
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-", "--"]
    assert len({line.get_color() for line in lines}) == 2


def test_a_grid_of_three_has_a_line_style_for_each_combination_of_those_that_are_not_coloured(followed):
    grid = pd.concat(
        [
            followed([1, 1, 1, 1], learning_rate=rate, bias_offset=bias, k=k)
            for rate in (0.1, 0.01)
            for bias in (-1.0, 0.0)
            for k in (8, 16)
        ]
    )
    shown = curves(grid, "k", "learning_rate", "bias_offset")
    lines = plot_panel(Figure().subplots(), "loss", [shown]).lines
    assert [line.get_linestyle() for line in lines] == ["-", "--", ":", "-."] * 2
    said = [handle.get_label() for handle in shown.looks.handles(grid)]
    assert said[1] == "learning rate 0.01, initial mean bias 0"


def test_a_line_style_means_the_same_beside_a_batch_that_sweeps_more(followed):
    plain = followed([1, 1, 1, 1], activation="relu")
    grid = pd.concat([followed([1, 1, 1, 1], activation=activation) for activation in ("gelu", "relu")])
    shown = curves(pd.concat([plain, grid]), "learning_rate", "activation")
    alone, several = (
        plot_panel(Figure().subplots(), "loss", [shown._replace(rows=rows)]).lines for rows in (plain, grid)
    )
    assert [line.get_linestyle() for line in several] == ["-", "--"]
    assert [line.get_linestyle() for line in alone] == ["--"]


def test_one_setting_is_one_curve(followed):
    shown = curves(followed([4, 3, 2, 1]))
    (line,) = plot_panel(Figure().subplots(), "loss", [shown]).lines
    assert line.get_color() == shown.looks.colours.of(0.01)
    drawn = Figure()
    shown.looks.colours.draw_bar(drawn, beside=[drawn.subplots()])
    assert len(drawn.axes) == 1


def test_a_run_that_has_not_converged_ends_in_a_ring_and_keeps_its_line_style(followed):
    both = pd.concat([followed([2, 2, 2, 2]), followed([4, 3, 2, 1], converged=False, learning_rate=0.1)])
    settled, unsettled, ring = plot_panel(Figure().subplots(), "loss", [curves(both)]).lines
    assert (settled.get_linestyle(), unsettled.get_linestyle()) == ("-", "-")
    assert (ring.get_xdata().tolist(), ring.get_ydata().tolist()) == ([2], [1])
    assert (ring.get_markerfacecolor(), ring.get_color()) == ("white", unsettled.get_color())


def test_of_several_seeds_most_decide_whether_a_curve_has_converged(followed):
    def rings(*converged: bool) -> int:
        seeds = [followed([2, 2, 2, 2], seed=seed, converged=each) for seed, each in enumerate(converged)]
        axes = plot_panel(Figure().subplots(), "loss", [curves(pd.concat(seeds))])
        return len([line for line in axes.lines if line.get_marker() == "o"])

    assert rings(True, True, False) == 0
    assert rings(True, False, False) == 1


def test_a_curve_of_which_no_neuron_responds_ends_in_a_cross(followed):
    both = pd.concat([followed([2, 2, 2, 2]), followed([3, 3, 3, 3], dead=True, converged=False, learning_rate=0.1)])
    *_, cross = plot_panel(Figure().subplots(), "loss", [curves(both)]).lines
    assert (cross.get_marker(), cross.get_xdata(), cross.get_ydata()) == ("x", [2], [3])


def test_a_run_has_a_dot_on_its_mean_bias_where_its_loss_has_half_fallen(rows, followed):
    losses = {0: [4, 4, 2, 0], 1: [4, 4, 4, 5]}
    traces = pd.concat([rows({"step": [1, 2, 4, 8], "loss": loss}, seed=seed) for seed, loss in losses.items()])
    measures = pd.concat([rows({"step": [1, 2, 8], "mean_bias": [-1.0, -1.0, 0.0]}, seed=seed) for seed in losses])
    assert falls(traces, measures)[["fall_log2_step", "fall_bias"]].iloc[0].tolist() == [2, -0.5]
    shown = followed([4, 4, 2, 0]).merge(falls(traces, measures), on="run")
    *_, dot = plot_panel(Figure().subplots(), "mean_bias_at_fall", [curves(shown)]).lines
    assert (dot.get_xdata().tolist(), dot.get_ydata().tolist()) == ([2], [-0.5])


def test_a_difference_has_converged_where_both_of_its_runs_have(followed):
    settled, unsettled = followed([2, 2, 2, 2], k=8), followed([1, 1, 1, 1], k=8, converged=False)
    for first, second in ((settled, unsettled), (unsettled, settled)):
        assert not difference(curves(first, "k"), curves(second, "k")).rows["converged"].any()
    assert difference(curves(settled, "k"), curves(settled, "k")).rows["converged"].all()


def test_the_legend_explains_what_there_is(followed):
    def said(rows: pd.DataFrame, panel: str) -> list[str]:
        axes = plot_panel(Figure().subplots(), panel, [curves(rows)])
        return [handle.get_label() for handle in [*explained(rows, [panel]), *marks([axes])]]

    assert said(followed([1, 1, 1, 1], decay=0.0), "loss") == []
    assert said(followed([1, 1, 1, 1], decay=0.0, converged=False), "loss") == ["loss not converged"]
    assert said(followed([1, 1, 1, 1], decay=0.0, dead=True), "loss") == ["no neuron responds"]
    assert said(followed([1, 1, 1, 1], decay=0.0), "mono_per_feature") == ["one mono neuron a feature"]


def test_the_legend_says_whose_bias_decay_ends(followed):
    def said(*runs: pd.DataFrame) -> list[str]:
        return [handle.get_label() for handle in explained(pd.concat(runs), ["loss"])]

    decaying = followed([1, 1, 1, 1], decay=0.1)
    assert said(decaying) == ["bias decay ends"]
    assert said(decaying, followed([1, 1, 1, 1], decay=0.0, batch="Y")) == ["bias decay ends (X)"]
    beside = followed([1, 1, 1, 1], decay=0.1, comparison=True)
    assert said(followed([1, 1, 1, 1], decay=0.0), beside) == ["bias decay ends (red)"]


def test_the_mean_loss_is_over_a_period_of_the_learning_rate_of_its_own_run(rows):
    step = np.arange(256, 2048 + 1, 256)
    one, other = (rows({"step": step, "loss": np.full(8, level)}, seed=seed) for seed, level in ((0, 1.0), (1, 9.0)))
    one["loss"] = [8.0, 0, 0, 0, 0, 4, 0, 0]
    means = over_periods(pd.concat([one, other]))["period_loss"].tolist()
    assert means == [8, 4, 8 / 3, 2, 0, 1, 1, 1] + [9] * 8


def test_the_mean_loss_gives_records_that_stand_close_no_more_weight_than_others(rows):
    trace = rows({"step": [1, 2, 4, 8, 16, 32, 48, 64], "loss": [8.0, 8, 8, 8, 8, 0, 0, 0]})
    assert over_periods(trace)["period_loss"].iloc[[4, -1]].tolist() == [8, 2]


@pytest.fixture
def panel():
    axes = Figure().subplots()
    axes.set_ylim(0, 2)
    return axes


def test_curves_that_leave_a_panel_have_a_triangle_at_its_edge_where_they_do(panel):
    panel.plot([0, 1, 2, 3], [1, 3, 1, 1], color="red")
    panel.plot([0, 1, 2, 3], [1, 1, 1, -1], color="blue")
    panel.plot([0, 1, 2, 3], [1, 1, 1, 2], color="green")
    down, up = mark_cut(panel).lines[3:]
    assert (up.get_marker(), up.get_xdata().tolist(), up.get_ydata().tolist()) == ("^", [1], [2])
    assert (down.get_marker(), down.get_xdata().tolist(), down.get_ydata().tolist()) == ("v", [3], [0])
    assert (up.get_color(), down.get_color()) == ("red", "blue")


def test_a_curve_that_leaves_again_and_again_has_few_triangles(panel):
    panel.plot(np.linspace(0, 1, 101), np.tile([1.0, 3.0], 51)[:101])
    (_, triangles) = mark_cut(panel).lines
    assert len(triangles.get_xdata()) == 2


def test_colours_of_curves_that_end_above_a_panel_have_triangles_side_by_side(panel):
    for ends, color in (((1, 3), "red"), ((1, 4), "red"), ((3, 1), "blue"), ((3, 3), "green")):
        panel.plot([0, 1], ends, color=color)
    triangles = mark_ends_above(panel).lines[4:]
    assert [triangle.get_color() for triangle in triangles] == ["red", "green"]
    assert len({triangle.get_xdata()[0] for triangle in triangles}) == 2


def test_the_zoom_is_wide_enough_for_the_ends_that_are_near_the_least_loss(followed):
    def zoom(*ends: float) -> tuple[float, float]:
        runs = [followed([9, 9, 9, end], steps=4, learning_rate=end) for end in ends]
        return plateau(pd.concat(runs), "period_loss")

    assert zoom(1.0, 1.05) == pytest.approx((0.99, 1.12))
    assert zoom(1.0, 1.4) == pytest.approx((0.99, 1.4 / 0.99))
    assert zoom(1.0, 1.4, 3.0) == zoom(1.0, 1.4)


def test_lines_across_do_not_leave_a_panel(panel):
    panel.axhline(3)
    panel.axvline(1)
    assert len(mark_cut(panel).lines) == 2


def test_differences_are_shown_around_zero_and_those_of_converged_runs_at_the_end(followed):
    settled = [followed([9, 9, 9, end], steps=4, k=k) for k, end in ((8, -1), (16, 3))]
    unsettled = followed([9, 9, 9, 5], steps=4, converged=False, learning_rate=0.1)
    assert around_zero(pd.concat([*settled, unsettled]), "loss") == (-3, 5)
    assert around_zero(unsettled, "loss") == (-2.5, 7.5)
    assert around_zero(followed([9, 9, 9, 0], steps=4), "loss") == (-1, 1)


def test_curves_are_labelled_beside_the_panel_in_order_and_apart_with_lines_to_their_ends(followed):
    ends = {8: 0.5, 16: 0.501, 32: -1.0}
    shown = curves(pd.concat([followed([1, 1, 1, end], k=k) for k, end in ends.items()]), "k")
    axes = Figure().subplots()
    axes.set_ylim(-1, 1)
    labels = label_ends(axes, shown, "loss").texts
    assert [label.get_text() for label in labels] == ["32: \N{MINUS SIGN}1.000", "8: +0.500", "16: +0.501"]
    assert [label.xy for label in labels] == [(2, -1.0), (2, 0.5), (2, 0.501)]
    heights = [label.get_position()[1] for label in labels]
    assert heights[0] == pytest.approx(0)
    assert heights[2] - heights[1] == pytest.approx(trace.LABELS_APART)
    assert heights[1] < 0.75 < heights[2]


def test_the_label_of_a_curve_that_ends_beyond_its_panel_points_to_the_edge(followed):
    axes = Figure().subplots()
    axes.set_ylim(-1, 1)
    (label,) = label_ends(axes, curves(followed([1, 1, 1, 7], k=8), "k"), "loss").texts
    assert (label.get_text(), label.xy[1]) == ("8: +7.000", 1)


def test_the_end_of_bias_decay_is_marked_where_biases_decay(followed):
    def upright(decay: float) -> list[float]:
        axes = plot_panel(Figure().subplots(), "loss", [curves(followed([1, 1, 1, 1], decay=decay, steps=16))])
        return [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]]

    assert upright(0.1) == [3]
    assert upright(0) == []


def test_figure_1_has_two_titled_columns_and_zooms_to_the_plateau(smoke_results):
    drawn = draw.picture(shipped_figures()["fig01"], smoke_results)
    panels = drawn.axes[:6]
    assert [panels[0].get_title(), panels[1].get_title()] == ["Zero initial mean bias", "Negative initial mean bias"]
    least = min(trace.followed(smoke_results, batch)["period_loss"].min() for batch in ("LR1", "LR3"))
    assert panels[2].get_ylim()[0] == pytest.approx(0.99 * least)
    assert len(drawn.axes) == 6  # a legend in place of a colour bar for three learning rates


def test_figure_14_names_the_run_beside_the_penalties(smoke_results):
    drawn = draw.picture(shipped_figures()["fig14"], smoke_results)
    assert [text.get_text().replace("\n", " ") for text in drawn.legends[0].get_texts()] == [
        "L1 strength 1e\N{MINUS SIGN}7",
        "L1 strength 1",
        "initial mean bias \N{MINUS SIGN}1, L1 strength 0",
        "bias decay ends",
        "one mono neuron a feature",
        "loss not converged",
        "no neuron responds",
        "cut off",
    ]
    assert drawn.axes[0].get_ylabel() == "min. task loss"
    reds = [line for line in drawn.axes[0].lines if line.get_color() == RED and line.get_linestyle() == "-"]
    assert len(reds) == 1


def test_figure_15_is_red_blue_and_purple(smoke_results):
    drawn = draw.picture(shipped_figures()["fig15"], smoke_results)
    loss, change = drawn.axes[:2]
    k0, k1 = (len(smoke_results.plan.batches[name].members) for name in ("K0", "K1"))
    solid = [line for line in loss.lines if line.get_linestyle() == "-"]
    assert len(solid) == k0 + k1
    assert {axes.get_title() for axes in drawn.axes[4:]} == {"K0", "K1"}
    k0_colour, k1_colour = (to_rgb(solid[place].get_color()) for place in (0, -1))
    assert k0_colour[0] == max(k0_colour)
    assert k1_colour[2] == max(k1_colour)
    assert len([line for line in change.lines if line.get_linestyle() == "-"]) == k0
    assert len(change.texts) == k0


@pytest.mark.parametrize(("name", "above", "along"), [("LR1", "LR1", ""), ("my_batch", "", "my_batch")])
def test_the_name_of_a_batch_stands_above_its_colour_bar_or_else_along_it(name, above, along):
    drawn = Figure()
    axes = drawn.subplots()
    Colours(Spacing.of("learning_rate", [0.01, 0.1])).draw_bar(drawn, beside=[axes], title=name, labelled=False)
    (bar,) = (each for each in drawn.axes if each is not axes)
    assert (bar.get_title(), bar.get_ylabel()) == (above, along)
