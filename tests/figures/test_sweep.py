import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from pydantic import ValidationError
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from helpers.figures import shipped_figures
from monosemanticity.experiment.figures import PrintedBeside, Sweep
from monosemanticity.figures import draw
from monosemanticity.figures.colour import Colours
from monosemanticity.figures.spacing import Spacing
from monosemanticity.figures.style import BLUE, ORANGE, RED
from monosemanticity.figures.sweep import (
    GELU_MINIMUM,
    LEVELS,
    QUANTITIES,
    REFERENCES,
    Curve,
    curves_of,
    explained,
    mark_level,
    mark_printed,
    plot_comparison,
    plot_curves,
    plot_level,
    plot_reference,
)


@pytest.fixture
def final(rows):
    """A final model of ten neurons, some of them monosemantic."""

    def final(mono: int, converged: bool = True, **instead) -> pd.DataFrame:
        columns = {"mono_neurons": [mono], "per_neuron": [mono / 10], "converged": [converged]}
        return rows(columns, **{"k": 10} | instead)

    return final


def sweep(**instead) -> Sweep:
    return Sweep(**{"kind": "sweep", "title": "", "caption": "", "curves": ["X"], "x": "k"} | instead)


def labels(entries: list[Artist]) -> list[str]:
    return [entry.get_label() for entry in entries]


def test_a_curve_goes_through_its_models(final):
    models = pd.concat([final(8, epsilon=0.01), final(2, epsilon=0.1)])
    x = Spacing.of("epsilon", models["epsilon"])
    axes = plot_curves(Figure().subplots(), list(curves_of(models, None, [])), x, "per_neuron")
    assert axes.lines[0].get_xdata() == pytest.approx([-2, -1])
    assert axes.lines[0].get_ydata() == pytest.approx([0.8, 0.2])


def test_a_curve_a_colour(final):
    grid = [(n, bias_offset) for n in (1, 2, 3) for bias_offset in (-1.0, 0.0)]
    models = pd.concat([final(1, batch=f"B{n}", epsilon=2.0**-n, bias_offset=b) for n, b in grid])
    colours = Colours(Spacing.of("epsilon", models["epsilon"]))
    shown = list(curves_of(models, colours, []))
    assert [curve.look["color"] for curve in shown] == [colours.of(2.0**-n) for n in (1, 2, 3)]
    assert all(len(curve.models) == 2 for curve in shown)


def test_what_neither_axis_nor_colour_shows_is_told_apart_by_marks(final):
    grid = [(rate, k, b) for rate in (0.1, 0.01) for k in (10, 20) for b in (-1.0, 0.0)]
    models = pd.concat([final(1, learning_rate=rate, batch_size=k, bias_offset=b) for rate, k, b in grid])
    colours = Colours(Spacing.of("batch_size", models["batch_size"]))
    shown = list(curves_of(models, colours, ["learning_rate"]))
    assert [(len(curve.models), curve.look["marker"]) for curve in shown] == [(2, "o"), (2, "s")] * 2
    assert len({curve.look["color"] for curve in shown}) == 2


def test_seeds_are_dashes_wider_than_their_mean(final):
    models = pd.concat([final(2, seed=0), final(6, seed=1)])
    axes = plot_curves(Figure().subplots(), list(curves_of(models, None, [])), Spacing.of("k", [10]), "per_neuron")
    mean, seeds = axes.lines
    assert mean.get_ydata() == pytest.approx([0.4])
    assert seeds.get_ydata() == pytest.approx([0.2, 0.6])
    assert seeds.get_marker() == "_"
    assert seeds.get_markersize() > mean.get_markersize()


def test_a_mean_is_hollow_unless_most_of_its_runs_have_converged(final):
    grid = [(1, 10, True), (2, 10, False), (1, 20, True), (2, 20, True), (3, 20, False)]
    models = pd.concat([final(3, converged, k=k, seed=seed) for seed, k, converged in grid])
    (curve,) = curves_of(models, None, [])
    mean, hollow, _ = plot_curves(Figure().subplots(), [curve], Spacing.of("k", models["k"]), "per_neuron").lines
    assert hollow.get_xdata() == pytest.approx([math.log2(10)])
    assert hollow.get_ydata() == pytest.approx([0.3])
    assert to_rgba(hollow.get_markerfacecolor()) == to_rgba("white")
    assert (hollow.get_marker(), hollow.get_color()) == (mean.get_marker(), mean.get_color())


def test_hollow_marks_are_in_the_legend_where_there_are_any(final):
    shown = {converged: list(curves_of(final(1, converged), None, [])) for converged in (True, False)}
    figure = sweep(panels=["final_loss"])
    assert labels(explained(figure, shown[True])) == []
    assert labels(explained(figure, shown[False])) == ["loss not converged"]


def test_a_dashed_level_is_in_the_legend(final):
    shown = list(curves_of(final(1), None, []))
    assert labels(explained(sweep(), shown)) == ["as many as neurons or features"]
    assert labels(explained(sweep(panels=["per_feature", "mono_features"]), shown)) == ["as many as features"]


def test_of_a_batch_with_a_label_the_hollow_marks_have_none(final):
    models = pd.concat([final(1, False, batch=name) for name in "AB"])
    axes = plot_curves(Figure().subplots(), list(curves_of(models, None, [])), Spacing.of("k", [10]), "per_neuron")
    assert labels(axes.get_legend_handles_labels()[0]) == ["A", "B"]


def test_a_marker_on_an_axis_is_drawn_whole(final):
    axes = plot_curves(Figure().subplots(), list(curves_of(final(0), None, [])), Spacing.of("k", [10]), "per_neuron")
    assert not any(line.get_clip_on() for line in axes.lines)


def test_names_are_marks_without_a_line(final):
    names = ["gelu", "relu", "solu"]
    models = pd.concat([final(n, activation=name) for n, name in enumerate(names)])
    x = Spacing.of("activation", models["activation"])
    axes = plot_curves(Figure().subplots(), list(curves_of(models, None, [])), x, "per_neuron")
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2]
    assert axes.lines[0].get_linestyle() == "None"


def test_figure_17_tells_its_batches_apart(final):
    models = pd.concat(
        [
            final(1, batch="K0"),
            final(1, batch="K1", bias_offset=-1.0),
            final(1, batch="K2", bias_offset=-1.0, distribution="power-law"),
        ]
    )
    looks = [curve.look for curve in curves_of(models, None, [])]
    assert [look | {"marker": "o"} for look in looks] == looks
    assert [{key: value for key, value in look.items() if key != "marker"} for look in looks] == [
        {"color": BLUE, "linestyle": "--", "label": "K0: zero start, uniform frequencies"},
        {"color": BLUE, "linestyle": "-", "label": "K1: negative start, uniform frequencies"},
        {"color": ORANGE, "linestyle": "-", "label": "K2: negative start, power-law frequencies"},
    ]


def test_batches_of_one_start_are_told_apart_by_what_their_models_are(final):
    models = pd.concat([final(1, batch="K0"), final(1, batch="S3", density=0.25)])
    looks = [curve.look for curve in curves_of(models, None, [])]
    assert [(look["color"], look["linestyle"], look["label"]) for look in looks] == [
        (BLUE, "-", "K0: density 1"),
        (ORANGE, "-", "S3: density 0.25"),
    ]


def test_batches_that_nothing_in_the_legend_tells_apart_have_colours_of_their_own(final):
    looks = [curve.look for curve in curves_of(pd.concat([final(1, batch=name) for name in "ABC"]), None, [])]
    assert [look["label"] for look in looks] == ["A", "B", "C"]
    assert len({look["color"] for look in looks}) == 3


def test_a_level_is_bent_where_the_axis_is(final):
    models = pd.concat([final(1, d=d) for d in (4, 16)])
    x = Spacing.of("d", models["d"])
    (line,) = plot_level(Figure().subplots(), LEVELS["d_plus_1"], list(curves_of(models, None, [])), x).lines
    places, level = line.get_data()
    assert np.asarray(level) == pytest.approx(2.0 ** np.asarray(places) + 1)
    assert (places[0], places[-1]) == (2, 4)
    assert len(places) > 10


def test_a_level_may_be_the_number_of_features(final):
    axes = mark_level(Figure().subplots(), QUANTITIES["mono_features"], final(1, N=24))
    assert axes.lines[0].get_ydata()[0] == 24
    assert axes.get_ylim()[1] > 24


def test_what_the_paper_prints_of_one_value_of_the_axis_stands_there():
    marks = [PrintedBeside(panel="per_neuron", value=65, of={"d": 64}), PrintedBeside(panel="per_neuron", value=(0, 1))]
    axes = mark_printed(Figure().subplots(), marks, [], Spacing.of("d", [32, 64]))
    assert (axes.lines[0].get_xdata(), axes.lines[0].get_ydata()) == ([6], [65])
    assert len(axes.patches) == 1


def test_what_holds_left_of_lines_ends_at_the_leftmost(final):
    shown = [Curve(final(1, epsilon=epsilon), {"color": BLUE}) for epsilon in (1 / 16, 1 / 64)]
    marks = [PrintedBeside(panel="per_neuron", value=(0, 1), left_of="minus_sqrt_epsilon")]
    axes = Figure().subplots()
    axes.set_xlim(-1, 1)
    (band,) = mark_printed(axes, marks, shown, Spacing.of("bias_offset", [-1.0, 1.0])).patches
    assert (band.get_bbox().x0, band.get_bbox().x1) == (0, pytest.approx((1 - 1 / 4) / 2))


def test_a_range_cannot_end_at_a_line_that_is_not_shown():
    paper = [{"panel": "per_neuron", "value": 1, "left_of": "k_equals_N"}]
    with pytest.raises(ValidationError, match="k_equals_N is no line of this figure; it has gelu_minimum"):
        sweep(paper=paper, lines=["gelu_minimum"])
    assert sweep(paper=paper, lines=["k_equals_N"]).paper[0].left_of == "k_equals_N"
    with pytest.raises(ValidationError, match="not of one value of it"):
        sweep(paper=[paper[0] | {"of": {sweep().x: 1}}], lines=["k_equals_N"])


def test_minus_sqrt_epsilon_stands_in_the_colour_of_each_curve(final):
    shown = [Curve(final(1, epsilon=1 / 16), {"color": "red"}), Curve(final(1, epsilon=1 / 64), {"color": "blue"})]
    axes = plot_reference(
        Figure().subplots(), REFERENCES["minus_sqrt_epsilon"], shown, Spacing.of("bias_offset", [0.0])
    )
    assert {(line.get_xdata()[0], line.get_color()) for line in axes.lines} == {(-1 / 4, "red"), (-1 / 8, "blue")}


@pytest.mark.parametrize(
    ("line", "field", "place"),
    [("k_equals_N", "k", math.log2(24)), ("N_epsilon_equals_d", "epsilon", math.log10(6 / 24))],
)
def test_a_fixed_reference_is_drawn_once(final, line, field, place):
    shown = [Curve(final(1, N=24, d=6, seed=seed), {"color": "red"}) for seed in (0, 1)]
    axes = plot_reference(Figure().subplots(), REFERENCES[line], shown, Spacing.of(field, [0.5]))
    assert [drawn.get_xdata()[0] for drawn in axes.lines] == pytest.approx([place])


def test_gelu_is_least_where_its_line_stands():
    assert minimize_scalar(lambda e: e * norm.cdf(e), bounds=(-2, 0)).x == pytest.approx(GELU_MINIMUM, abs=1e-4)


def test_the_run_beside_the_sweep_is_a_level(final):
    apart = "initial mean bias \N{MINUS SIGN}1, L1 strength 0"
    models = pd.concat([final(1, l1=0.1, apart=apart), final(5, comparison=True, bias_offset=-1.0, apart=apart)])
    axes = plot_comparison(Figure().subplots(), models, "per_neuron")
    assert axes.lines[0].get_ydata() == pytest.approx([0.5, 0.5])
    assert axes.lines[0].get_color() == RED
    assert axes.lines[0].get_label().replace("\n", " ") == apart


@pytest.mark.parametrize("name", ["fig08", "fig13", "fig17", "fig18"])
def test_one_is_dashed_in_both_halves(smoke_results, name):
    for axes in draw.picture(shipped_figures()[name], smoke_results).axes[:2]:
        assert any(line.get_linestyle() == "--" and np.all(np.equal(line.get_ydata(), 1)) for line in axes.lines)


def test_figure_8_has_a_line_at_the_scale_of_every_batch(smoke_results):
    upper = draw.picture(shipped_figures()["fig08"], smoke_results).axes[0]
    lines = [line for line in upper.lines if list(line.get_ydata()) == [0, 1]]
    upright = {line.get_xdata()[0] for line in lines}
    wanted = {-math.sqrt(m.spec.epsilon) for n in range(1, 6) for m in smoke_results.plan.batches[f"B{n}"].members}
    assert upright == wanted
    marks = [line for line in upper.lines if line.get_marker() == "o"]
    assert max(line.get_zorder() for line in lines) < min(line.get_zorder() for line in marks)


def test_figure_8_shows_the_paper_left_of_its_lines_alone(smoke_results):
    upper = draw.picture(shipped_figures()["fig08"], smoke_results).axes[0]
    (band,) = upper.patches
    leftmost = min(line.get_xdata()[0] for line in upper.lines if list(line.get_ydata()) == [0, 1])
    left, right = upper.get_xlim()
    assert band.get_bbox().x1 == pytest.approx((leftmost - left) / (right - left))


def test_layers_of_as_many_weights_stand_above_each_other(smoke_results):
    upper = draw.picture(shipped_figures()["figS3"], smoke_results).axes[0]
    curves = {line.get_label().split(":")[0]: line for line in upper.lines if ":" in line.get_label()}
    for batch, curve in curves.items():
        dense = sorted({m.spec.k * m.spec.density for m in smoke_results.plan.batches[batch].members})
        assert curve.get_xdata() == pytest.approx(np.log2(dense))
    assert upper.figure.axes[-1].get_xlabel() == "# of neurons \N{MULTIPLICATION SIGN} density (log scale)"


def test_what_is_derived_is_shown_along_what_is_swept_for_it():
    assert sweep(x="dense_k").along() == sweep(x="k").along() == {"k"}


@pytest.mark.parametrize("name", ["fig08", "fig17"])
def test_every_value_has_a_tick(smoke_results, name):
    figure = shipped_figures()[name]
    axis = draw.picture(figure, smoke_results).axes[0].xaxis
    runs = [member.spec for batch in figure.curves for member in smoke_results.plan.batches[batch].members]
    x = Spacing.of(figure.x, [getattr(spec, figure.x) for spec in runs])
    assert set(axis.get_minorticklocs()) | set(axis.get_majorticklocs()) >= {x.place(value) for value in x.values}


@pytest.mark.parametrize(("rates", "entries", "bars"), [((1.0,), 0, 0), ((0.1, 0.2, 0.3), 3, 0), ((1, 2, 3, 4), 0, 1)])
def test_a_few_numbers_are_in_the_legend_and_more_have_a_bar(rates, entries, bars):
    drawn = Figure()
    axes = drawn.subplots()
    explained = Colours(Spacing.of("learning_rate", rates)).explain(drawn, [axes])
    assert len(explained) == entries
    assert len(drawn.axes) == 1 + bars
    assert all(entry.get_label().startswith("learning rate ") for entry in explained)


def test_every_panel_side_by_side_and_the_lowest_of_others_says_what_is_swept(smoke_results):
    beside, above = (draw.picture(shipped_figures()[name], smoke_results).axes[:2] for name in ("fig17", "fig18"))
    assert [axes.get_xlabel() for axes in beside] == ["# of neurons (log scale)"] * 2
    assert [axes.get_xlabel() for axes in above] == ["", "ε (log scale)"]


def test_final_models_alone_are_swept(smoke_results):
    figure = shipped_figures()["fig18"]
    upper = draw.picture(figure, smoke_results).axes[0]
    joined = [line for line in upper.lines if (line.get_marker(), line.get_linestyle()) == ("o", "-")]
    shown = sum(len(line.get_xdata()) for line in joined)
    assert shown == sum(len(smoke_results.plan.batches[batch].members) for batch in figure.curves)


def test_without_colour_too_no_two_settings_are_averaged(final):
    models = pd.concat(
        [
            final(n, batch=batch, activation=name)
            for n, (batch, name) in enumerate([("A", "gelu"), ("A", "relu"), ("B", "relu")])
        ]
    )
    shown = list(curves_of(models, None, ["activation"]))
    assert [len(curve.models) for curve in shown] == [1, 1, 1]
    assert len({(curve.look["label"], curve.look["marker"]) for curve in shown}) == 3
    assert {curve.look["label"] for curve in shown} == {"A", "B"}
