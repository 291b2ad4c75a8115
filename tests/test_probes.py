import pytest
import torch
from torch import Tensor

from monosemanticity import measure, probes
from monosemanticity.measure import Model, monosemanticity


def test_neurons_come_by_falling_monosemanticity_and_ties_in_order():
    assert probes.by_falling_monosemanticity(torch.tensor([0.5, 1, -3, 0.5])).tolist() == [1, 0, 3, 2]


def test_a_picture_has_monosemantic_neurons_first_and_features_by_their_neuron():
    h = torch.tensor([[1.0, 0, 0], [1, 0, 2], [0, 3, 0]])  # features x neurons; r = 1/2, 1, 1
    seen = measure.Responses(h, monosemanticity(h), h.argmax(dim=0))
    assert probes.picture(seen).tolist() == [[3, 0, 0], [0, 2, 0], [0, 1, 1]]


@pytest.fixture
def random_model() -> Model:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    return Model("decoder", "gelu", normal(9, 4), normal(4, 6), normal(6), normal(6, 9))


def test_the_parts_of_a_response_add_up_to_the_output(random_model):
    amplitudes = torch.linspace(0, 1, 5)
    negative = random_model.b < 0
    assert 0 < negative.sum() < 6
    parts = [probes.amplitude_response(random_model, 3, amplitudes, among) for among in (negative, ~negative)]
    x = amplitudes[:, None] * random_model.P[3]
    y = torch.nn.functional.gelu(x @ random_model.W1 + random_model.b) @ random_model.W2
    torch.testing.assert_close(parts[0] + parts[1], y[:, 3])
    assert not torch.allclose(parts[0], y[:, 3])


def test_a_response_of_no_neurons_is_zero(random_model):
    nobody = torch.zeros(6, dtype=torch.bool)
    assert probes.amplitude_response(random_model, 0, torch.ones(3), nobody).tolist() == [0, 0, 0]


def test_a_linearised_map_passes_through_the_chosen_neurons_alone():
    W1, W2 = torch.tensor([[1.0, 10], [2, 20]]), torch.tensor([[3.0, 4], [500, 600]])
    two = Model("decoder", "relu", torch.eye(2), W1, torch.zeros(2), W2)
    assert probes.linearised_map(two, torch.tensor([True, False])).tolist() == [[3, 4], [6, 8]]


def test_the_parts_of_a_linearised_map_add_up_to_the_whole(random_model):
    among = random_model.b < 0
    parts = probes.linearised_map(random_model, among) + probes.linearised_map(random_model, ~among)
    torch.testing.assert_close(parts, random_model.P @ random_model.W1 @ random_model.W2)
