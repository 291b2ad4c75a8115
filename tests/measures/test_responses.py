import numpy as np
import pytest
import torch

from monosemanticity.measures import responses
from monosemanticity.measures.measure import Responses
from monosemanticity.model.trained import Model


def test_neurons_come_by_falling_monosemanticity_and_ties_in_order():
    assert responses.by_falling_monosemanticity(np.array([0.5, 1, 0, 0.5])).tolist() == [1, 0, 3, 2]


def test_a_picture_has_monosemantic_neurons_first_and_features_by_their_neuron():
    seen = Responses(np.array([[1.0, 0, 0], [1, 0, 2], [0, 3, 0]]))  # features x neurons; r = 1/2, 1, 1
    assert responses.picture(seen).tolist() == [[3, 0, 0], [0, 2, 0], [0, 1, 1]]


def test_monosemantic_neurons_are_counted_by_their_feature():
    seen = Responses(np.array([[1.0, 0, 0, 1], [0, 0, 2, 1], [0, 0, 0, 0]]))  # r = 1, 0, 1, 1/2
    assert responses.mono_neurons_of_features(seen).tolist() == [1, 1, 0]


@pytest.fixture
def random_model() -> Model:
    random = np.random.default_rng(0)
    P, W1, b, W2 = (random.standard_normal(shape) for shape in ((9, 4), (4, 6), 6, (6, 9)))
    return Model("decoder", "gelu", P, W1, b, W2)


def test_the_parts_of_a_response_add_up_to_the_output(random_model):
    amplitudes = np.linspace(0, 1, 5)
    negative = random_model.b < 0
    assert 0 < negative.sum() < 6
    parts = [responses.amplitude_response(random_model, 3, amplitudes, among) for among in (negative, ~negative)]
    x = amplitudes[:, None] * random_model.P[3]
    e = torch.from_numpy(x @ random_model.W1 + random_model.b)
    y = torch.nn.functional.gelu(e).numpy() @ random_model.W2
    np.testing.assert_allclose(parts[0] + parts[1], y[:, 3])
    assert not np.allclose(parts[0], y[:, 3])


def test_a_response_of_no_neurons_is_zero(random_model):
    nobody = np.zeros(6, dtype=bool)
    assert responses.amplitude_response(random_model, 0, np.ones(3), nobody).tolist() == [0, 0, 0]


def test_a_linearised_map_passes_through_the_chosen_neurons_alone():
    W1, W2 = np.array([[1.0, 10], [2, 20]]), np.array([[3.0, 4], [500, 600]])
    two = Model("decoder", "relu", np.eye(2), W1, np.zeros(2), W2)
    assert responses.linearised_map(two, np.array([True, False])).tolist() == [[3, 4], [6, 8]]


def test_the_parts_of_a_linearised_map_add_up_to_the_whole(random_model):
    among = random_model.b < 0
    parts = responses.linearised_map(random_model, among) + responses.linearised_map(random_model, ~among)
    np.testing.assert_allclose(parts, random_model.P @ random_model.W1 @ random_model.W2)
