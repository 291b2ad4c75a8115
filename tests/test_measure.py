import pytest
import torch

from monosemanticity import measure
from monosemanticity.measure import Model, monosemanticity, responses


def model(W1: list, b: list, W2: list | None = None, task: str = "decoder", activation: str = "relu") -> Model:
    """A model whose features are its inputs: P is the identity."""
    W1, b = torch.tensor(W1, dtype=torch.float32), torch.tensor(b, dtype=torch.float32)
    W2 = torch.zeros(len(b), len(W1)) if W2 is None else torch.tensor(W2, dtype=torch.float32)
    return Model(task, activation, torch.eye(len(W1)), W1, b, W2)


def r_of(*responses_of_a_neuron: float) -> float:
    return float(monosemanticity(torch.tensor(responses_of_a_neuron)[:, None]))


def test_a_neuron_of_one_feature_has_monosemanticity_one():
    assert r_of(0, 3, 0) == pytest.approx(1)


def test_a_neuron_of_two_equal_features_has_monosemanticity_one_half():
    assert r_of(2, 2, 0) == pytest.approx(0.5)


def test_a_neuron_that_never_responds_has_zero_monosemanticity():
    assert r_of(0, 0, 0) == 0


def test_negative_responses_do_not_count_in_the_sum():
    assert r_of(3, -2, 1) == pytest.approx(0.75)


def test_a_neuron_of_negative_responses_has_a_huge_negative_monosemanticity():
    assert r_of(-0.2, -0.1) == pytest.approx(-0.1 / 1e-10)


def test_monosemanticity_is_a_neurons_own():
    h = torch.tensor([[1.0, 0.0, 2.0], [1.0, 5.0, 6.0]])
    torch.testing.assert_close(monosemanticity(h), torch.tensor([0.5, 1.0, 0.75]))


def test_a_response_is_the_activation_for_one_feature_at_unit_strength():
    seen = responses(model(W1=[[1, 0], [2, 3]], b=[-1, -1]))
    assert seen.h.tolist() == [[0, 0], [1, 2]]
    assert seen.strongest_feature.tolist() == [1, 1]
    assert seen.monosemantic.tolist() == [True, True]


def test_responses_pass_through_the_projection():
    P = torch.tensor([[0.6, 0.8], [1.0, 0.0], [0.0, -1.0]])
    seen = responses(Model("decoder", "relu", P, torch.tensor([[1.0], [2.0]]), torch.zeros(1), torch.zeros(1, 3)))
    torch.testing.assert_close(seen.h, torch.tensor([[2.2], [1.0], [0.0]]))


def test_the_absolute_value_task_adds_the_responses_to_both_signs():
    neurons = {"W1": [[2, -2], [0, 1]], "b": [0.5, 0.5]}
    assert responses(model(**neurons)).h.tolist() == [[2.5, 0], [0.5, 1.5]]
    assert responses(model(**neurons, task="abs")).h.tolist() == [[2.5, 2.5], [1, 1.5]]


def test_a_neuron_of_a_features_negative_side_is_monosemantic_in_the_absolute_value_task():
    neurons = {"W1": [[-2], [0]], "b": [-0.5]}
    assert responses(model(**neurons)).monosemantic.tolist() == [False]
    assert responses(model(**neurons, task="abs")).monosemantic.tolist() == [True]


def test_monosemantic_begins_above_0_999():
    def one_neuron(second: float) -> bool:
        return bool(responses(model(W1=[[1], [second]], b=[0])).monosemantic)

    assert one_neuron(0.0009)
    assert not one_neuron(0.0011)


def test_a_summary_counts_neurons_features_and_biases():
    W1 = [[1, 1, 0, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0]]
    seen = measure.summary(model(W1, b=[0, 0, 0, 0, 0]))
    assert seen == measure.Summary(mono_neurons=3, mono_features=2, mean_bias=0, positive_bias_neurons=0)


def test_positive_biases_begin_above_0_05():
    seen = measure.summary(model(W1=[[0, 0, 0, 0]], b=[-1, 0.04, 0.06, 2]))
    assert seen.positive_bias_neurons == 2
    assert seen.mean_bias == pytest.approx(0.275)


def test_neurons_are_listed_with_their_measures():
    listed = measure.neurons(model(W1=[[3, 0], [4, 2]], b=[-3, -1], W2=[[0, 1], [3, 4]]))
    assert {name: column.tolist() for name, column in listed.items()} == {
        "neuron": [0, 1],
        "r": [1, 1],
        "bias": [-3, -1],
        "strongest_feature": [1, 1],
        "w1_norm": [5, 2],
        "w2_norm": [1, 5],
    }
