import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from helpers.figures import shipped_figures
from monosemanticity.experiment.figures import Printed
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

    def final(mono: int, **instead) -> pd.DataFrame:
        return rows({"mono_neurons": [mono], "per_neuron": [mono / 10]}, k=10, **instead)

    return final


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


def test_seeds_are_dots_around_their_mean(final):
    models = pd.concat([final(2, seed=0), final(6, seed=1)])
    axes = plot_curves(Figure().subplots(), list(curves_of(models, None, [])), Spacing.of("k", [10]), "per_neuron")
    mean, dots = axes.lines
    assert mean.get_ydata() == pytest.approx([0.4])
    assert dots.get_ydata() == pytest.approx([0.2, 0.6])
    assert dots.get_markersize() < mean.get_markersize()


def test_a_marker_on_an_axis_is_drawn_whole(final):
    axes = plot_curves(Figure().subplots(), list(curves_of(final(0), None, [])), Spacing.of("k", [10]), "per_neuron")
    assert not axes.lines[0].get_clip_on()


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
    shown = [Printed(panel="per_neuron", value=65, of={"d": 64}), Printed(panel="per_neuron", value=(0, 1))]
    axes = mark_printed(Figure().subplots(), shown, Spacing.of("d", [32, 64]))
    assert (axes.lines[0].get_xdata(), axes.lines[0].get_ydata()) == ([6], [65])
    assert len(axes.patches) == 1


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
    upright = {line.get_xdata()[0] for line in upper.lines if list(line.get_ydata()) == [0, 1]}
    wanted = {-math.sqrt(m.spec.epsilon) for n in range(1, 6) for m in smoke_results.plan.batches[f"B{n}"].members}
    assert upright == wanted


def test_every_panel_side_by_side_and_the_lowest_of_others_says_what_is_swept(smoke_results):
    beside, above = (draw.picture(shipped_figures()[name], smoke_results).axes[:2] for name in ("fig17", "fig18"))
    assert [axes.get_xlabel() for axes in beside] == ["# of neurons (log scale)"] * 2
    assert [axes.get_xlabel() for axes in above] == ["", "ε (log scale)"]


def test_final_models_alone_are_swept(smoke_results):
    figure = shipped_figures()["fig18"]
    upper = draw.picture(figure, smoke_results).axes[0]
    shown = sum(len(line.get_xdata()) for line in upper.lines if line.get_marker() == "o")
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
