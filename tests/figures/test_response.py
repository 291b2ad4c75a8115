import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.figures import shipped_figures
from monosemanticity.figures import draw
from monosemanticity.figures.response import choose_features, mark_kinks, outputs, parts, plot_response, plot_rug
from monosemanticity.measures import features
from monosemanticity.measures.monosemanticity import responses
from monosemanticity.model.trained import Model

# Feature 0 drives a neuron that is silent below 1/2 and one that is on from -1: h = (a - 1/2)+ and a + 1.
MODEL = Model(
    task="decoder",
    activation="relu",
    frequencies=np.full(2, 0.25),
    P=np.eye(2),
    W1=np.array([[1.0, 1.0], [0.0, 0.0]]),
    b=np.array([-0.5, 1.0]),
    W2=np.array([[2.0, 0.0], [0.25, 0.0]]),
)


NONE = float("nan")


@pytest.mark.parametrize(
    ("mono_neurons", "second_kinks", "wanted", "features"),
    [
        ([0, 2, 1, 2, 2], [NONE] * 5, [1, 2, 2, 2], [2, 1, 3, 4]),
        ([0, 2, 1, 2, 2], [NONE, 0.6, NONE, 0.9, 0.7], [1, 2, 2], [2, 3, 4]),
        ([0, 1, 1, 1, 0], [NONE] * 5, [1, 2], [1, 2]),
        ([0, 0, 0], [NONE] * 3, [1, 2], [0, 1]),
    ],
)
def test_features_have_the_wanted_count_or_the_nearest_and_kinks_far_apart(
    mono_neurons, second_kinks, wanted, features
):
    kinks = np.array([[0.5] * len(mono_neurons), second_kinks])
    assert choose_features(np.array(mono_neurons), kinks, wanted) == features


def test_of_features_with_one_neuron_it_is_the_one_of_median_kink():
    kinks = np.array([[0.1, 0.9, 0.2, 0.4, NONE], [NONE, NONE, NONE, 0.5, NONE]])
    assert choose_features(np.array([1, 1, 1, 2, 0]), kinks, [1, 2]) == [2, 3]


def test_a_rug_has_a_tick_a_kink_within_the_amplitudes():
    first, second = plot_rug(Figure().subplots(), np.array([[0.25, 0.5, NONE], [0.75, 1.5, NONE]])).lines
    assert (first.get_xdata().tolist(), second.get_xdata().tolist()) == ([0.25, 0.5], [0.75])
    assert first.get_color() != second.get_color()


def test_kinks_within_the_amplitudes_are_marked():
    axes = mark_kinks(Figure().subplots(), np.array([0.25, 1.5]))
    assert [line.get_xdata()[0] for line in axes.lines] == [0.25]
    assert [text.get_text().strip() for text in axes.texts] == ["0.25"]
    assert not mark_kinks(Figure().subplots(), np.array([NONE, NONE])).lines


def test_labels_of_near_kinks_do_not_meet():
    first, second = mark_kinks(Figure().subplots(), np.array([0.25, 0.26])).texts
    assert (first.get_ha(), second.get_ha()) == ("right", "left")


def test_the_papers_second_kink_is_marked_where_a_feature_has_two_neurons(smoke_results):
    figure = shipped_figures()["fig24"]
    for axes in draw.picture(figure, smoke_results).axes:
        count = int(axes.get_title().split()[2])
        assert [patch.get_x() for patch in axes.patches] == [0.4, 0.8][:count]


def test_the_parts_are_the_negative_and_the_positive_biases():
    lines = {name: outputs(MODEL, among)[:, 0] for name, among in parts(MODEL).items()}
    axes = plot_response(Figure().subplots(), lines)
    curves = {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}
    assert curves["negative biases"][[0, 50, 100]].tolist() == pytest.approx([0, 0, 1])
    assert curves["positive biases"][[0, 50, 100]].tolist() == pytest.approx([0.25, 0.375, 0.5])
    assert np.allclose(curves["full model"], curves["negative biases"] + curves["positive biases"])
    assert curves["truth"].tolist() == [0, 1]


def test_titles_say_how_many_mono_neurons_there_really_are(smoke_results):
    figure = shipped_figures()["fig24"]
    _, model = smoke_results.final_model(figure.model)
    seen = responses(model)
    counts = features.mono_neurons(model, seen)
    kinks = np.stack([features.onset(model, seen), features.second_onset(model, seen)])
    titles = [axes.get_title() for axes in draw.picture(figure, smoke_results).axes]
    chosen = choose_features(counts, kinks, figure.mono_neurons)
    assert titles == [f"feature {j}, {counts[j]} mono neuron{'' if counts[j] == 1 else 's'}" for j in chosen]


def test_an_odd_number_of_features_leaves_the_last_place_empty(smoke_results):
    figure = shipped_figures()["fig24"].model_copy(update={"mono_neurons": [0, 1, 2]})
    assert [axes.axison for axes in draw.picture(figure, smoke_results).axes] == [True, True, True, False]
