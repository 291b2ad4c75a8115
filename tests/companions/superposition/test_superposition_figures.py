"""Figures drawn from models by hand, and what stands in their axes."""

import numpy as np
import pytest
from companions.superposition.made import Made
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from monosemanticity.companions.draw import DRAW
from monosemanticity.companions.superposition.catalogue import FIGURES
from monosemanticity.companions.superposition.figures import basic, graph, motifs, regimes, sparsity, stack
from monosemanticity.companions.superposition.model import Model
from monosemanticity.figures.draw import common_look


@pytest.fixture
def results(small_spec) -> Made:
    """Two instances a run: the first gives nothing out, the second the exact value of the first features."""

    def models(spec):
        n, m = spec.n, spec.m
        W = np.concatenate([np.eye(n), -np.eye(n)])[:m] if spec.task == "absolute" else np.eye(n)[:m]
        if spec.task == "identity":
            return {"W": np.stack([0 * W, W]), "b": np.zeros((2, n))}
        return {"W1": np.stack([W, 2 * W]), "W2": np.stack([0 * W.T, np.abs(W.T) / 2]), "b": np.zeros((2, n))}

    tiny = {"instances": 2, "steps": 5}
    return Made(
        models,
        regimes=[small_spec(task="identity", n=10, m=5, active=active, **tiny) for active in (0.06, 0.7)],
        basic=[small_spec(n=3, m=6, **tiny)],
        sparsity=[small_spec(n=7, m=6, active=active, **tiny) for active in (0.1, 1, 0.3)],
        motif=[small_spec(n=6, m=10, **tiny)],
    )


@pytest.mark.parametrize("name", list(FIGURES))
def test_every_figure_of_the_catalogue_is_drawn(name, results, tmp_path):
    with common_look():
        drawn = DRAW[name](results)
        drawn.savefig(tmp_path / "figure.png", dpi=50)
    assert set(FIGURES[name].experiments) <= results.experiments.keys()


def test_regimes_go_from_dense_to_sparse_and_show_the_best_instance(results):
    above, below = regimes.draw(results).axes[:2], regimes.draw(results).axes[2:4]
    assert [axes.get_title() for axes in above] == ["$1 - S$ = 0.7", "$1 - S$ = 0.06"]
    assert [text.get_text() for text in below[0].get_xticklabels()] == ["0", "1", "2", "3", "4"]
    assert np.array_equal(above[0].images[0].get_array(), np.eye(10)[:, :5])
    assert [bar.get_height() for bar in below[0].patches if bar.get_height() == 1 and bar.get_alpha() is None] == [
        1
    ] * 5


def test_the_basic_model_is_shown_rescaled(results):
    axes = {each.get_title(): each for each in basic.draw(results).axes}
    order = [0, 3, 1, 4, 2, 5]
    W1 = np.concatenate([np.eye(3), -np.eye(3)])[order]
    assert np.array_equal(axes["$W_1^T$"].images[0].get_array(), W1.T)
    assert np.array_equal(axes["$W_2$"].images[0].get_array(), np.abs(W1.T))


def test_a_row_of_stacks_stands_for_every_sparsity_dense_first(results):
    titles = [axes.get_title(loc="left") for axes in sparsity.draw(results).axes]
    assert list(filter(None, titles)) == [f"$1 - S$ = {active}" for active in (1, 0.3, 0.1)]


def test_stacked_weights_end_at_the_sums_of_both_signs():
    axes = stack.plot_stack(Figure().subplots(), np.array([[1, -0.5, 0.25, -0.25], [0, 0, 0.005, 2]]), ["C0"] * 4)
    ends = [(round(bar.get_center()[0]), bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    expected = [(0, -0.5, -0.75), (0, 0, -0.5), (0, 0, 1), (0, 1, 1.25), (1, 0, 2)]
    np.testing.assert_allclose(sorted(ends), expected)


def test_a_white_line_parts_large_weights_and_covers_no_small_one():
    axes = stack.plot_stack(Figure().subplots(), np.array([[1, 0.5, 0.1, 0.1], [0.1, -0.1, 0, 0]]), ["C0"] * 4)
    feet = [line[0, 1] for lines in axes.collections for line in lines.get_segments()]
    assert feet == [0, 1]


def test_colours_tell_superposition_apart_beyond_1_and_none_is_lost():
    shades = [tuple(colour) for colour in stack.shared_colours().to_rgba([0, 0.1, 1, 3, 10, 1000])]
    assert shades[0] == shades[1]
    assert shades[-1] == shades[-2]
    assert len(set(shades)) == 4


def test_neurons_are_tinted_where_they_stand():
    model = Model("absolute", np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0.0]]), np.zeros((3, 3)), np.zeros(3))
    order = stack.by_importance(model)
    assert order.tolist() == [1, 2, 0]
    tints = {bar.get_x(): bar.get_facecolor()[:3] for bar in stack.tint(Figure().subplots(), model, order).patches}
    assert tints == {-0.5: to_rgb(stack.POLYSEMANTIC), 1.5: to_rgb(stack.MONOSEMANTIC)}


def test_a_graph_has_an_edge_a_weight_dashed_where_it_is_negative():
    model = Model("absolute", np.array([[1, 0.01], [0, -1]]), np.array([[0.5, 0], [-3, 9]]), np.zeros(2))
    axes = graph.plot_graph(Figure().subplots(), model, [0, 1], [0, 1])
    edges = [(*line.get_xdata(), line.get_linestyle(), line.get_linewidth()) for line in axes.lines]
    assert edges[:2] == [(0, 1, "-", 1), (0, 1, "--", 1)]
    assert edges[2:] == [(1, 2, "-", 0.5), (1, 2, "--", 3), (1, 2, "-", graph.WIDEST)]
    assert [text.get_text() for text in axes.texts] == [
        "$x_{0}$",
        "$x_{1}$",
        "$h_{0}$",
        "$h_{1}$",
        "$y_{0}$",
        "$y_{1}$",
    ]


def test_the_ideal_motif_stands_on_the_ideal():
    model = Model("absolute", np.array([[1, -0.25, 0], [0.5, 0, 1]]), np.array([[1, 0], [4, -8], [0, 1]]), np.zeros(3))
    (found,) = motifs.motifs(model)
    np.testing.assert_allclose(motifs.in_published_units(model, found), [2, 0.5, 0.5, 2])


def test_the_weights_of_a_motif_are_named_in_words():
    axes = motifs.plot_weights(Figure().subplots(), [np.array([2, 0.5, 0.5, 2])])
    features = [text.get_text() for text in axes.get_xticklabels()]
    sides = [text.get_text() for text in axes.get_xticklabels(minor=True)]
    assert features == 2 * ["first\nfeature", "second\nfeature"]
    assert sides == ["input weight\n$|W_1|$", "output weight\n$W_2$"]


def test_a_model_without_a_motif_says_so(both_sides):
    axes = motifs.plot_first_motif(Figure().subplots(), both_sides(3))
    assert [text.get_text() for text in axes.texts] == ["no motif"]
