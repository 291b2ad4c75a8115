import numpy as np
import pytest
import torch

from monosemanticity.measures import responses
from monosemanticity.measures.monosemanticity import Responses
from monosemanticity.model.trained import Model


def test_neurons_come_by_falling_monosemanticity_and_ties_in_order():
    assert responses.by_falling_monosemanticity(np.array([0.5, 1, 0, 0.5])).tolist() == [1, 0, 3, 2]


def test_a_picture_has_monosemantic_neurons_first_and_features_by_their_neuron():
    seen = Responses(np.array([[1.0, 0, 0], [1, 0, 2], [0, 3, 0]]))  # features x neurons; r = 1/2, 1, 1
    assert responses.picture(seen).tolist() == [[3, 0, 0], [0, 2, 0], [0, 1, 1]]


@pytest.fixture
def random_model() -> Model:
    random = np.random.default_rng(0)
    P, W1, b, W2 = (random.standard_normal(shape) for shape in ((9, 4), (4, 6), 6, (6, 9)))
    return Model("decoder", "gelu", np.full(9, 0.25), P, W1, b, W2)


def test_the_parts_of_a_response_add_up_to_the_output(random_model):
    negative = random_model.b < 0
    assert 0 < negative.sum() < 6
    for amplitude in (0.0, 0.4, 1.0):
        parts = [responses.own_outputs(random_model, among, amplitude) for among in (negative, ~negative)]
        e = torch.from_numpy(amplitude * random_model.P @ random_model.W1 + random_model.b)
        y = torch.nn.functional.gelu(e).numpy() @ random_model.W2
        np.testing.assert_allclose(parts[0] + parts[1], np.diag(y))
        assert not np.allclose(parts[0], np.diag(y))


def test_a_response_of_no_neurons_is_zero(random_model):
    assert responses.own_outputs(random_model, np.zeros(6, dtype=bool), 1.0).tolist() == [0] * 9


def test_a_reprojectors_outputs_are_no_features(random_model):
    other = random_model._replace(task="reprojector", W2=random_model.W2[:, :4])
    assert np.isnan(responses.own_outputs(other, np.ones(6, dtype=bool), 1.0)).all()
