from collections.abc import Callable

import numpy as np
import pytest
import torch

from helpers import reference
from monosemanticity.experiment.activations import PHI
from monosemanticity.experiment.spec import OUTPUTS, RunSpec
from monosemanticity.explore.model import Model
from monosemanticity.measures import polysemantic
from monosemanticity.model.trained import model_of
from monosemanticity.training.randomness import stream


@pytest.fixture
def model_and_reference(tiny_spec: Callable[..., RunSpec]) -> Callable[..., tuple[Model, reference.Training]]:
    """A model of random weights, and the plain implementation with the same."""

    def both(**instead: str) -> tuple[Model, reference.Training]:
        spec, random = tiny_spec(**instead), stream(5, 0)
        shapes = {"P": (spec.N, spec.d), "W1": (spec.d, spec.k), "b": (spec.k,), "W2": (spec.k, spec.n_outputs)}
        weights = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
        plain = reference.Training(spec, torch.tensor(weights["P"]))
        plain.set_weights(*(torch.tensor(weights[name]) for name in ("W1", "b", "W2")))
        return Model._make(model_of(spec, weights)), plain

    return both


@pytest.mark.parametrize("activation", PHI)
@pytest.mark.parametrize("task", OUTPUTS)
def test_it_and_its_network_compute_what_training_does(model_and_reference, task, activation):
    model, plain = model_and_reference(task=task, activation=activation)
    f = reference.dense_draw(plain.spec, torch.manual_seed(0)).double()
    y, h = plain.network(f @ plain.P)
    np.testing.assert_allclose(model(f.numpy()), y.detach(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(model.activations(f.numpy()), h.detach(), rtol=1e-10, atol=1e-12)
    network = model.torch()
    torch.testing.assert_close(network(f.float()).double(), y, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(network.double()(f), y, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(network.activations(f), h, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activation", PHI)
def test_a_network_has_the_gradients_of_the_plain_implementation(model_and_reference, activation):
    model, plain = model_and_reference(activation=activation)
    f = reference.dense_draw(plain.spec, torch.manual_seed(1)).double()
    plain.losses(f)[0].backward()
    network = model.torch().double()
    ((network(f) - f) ** 2).sum(dim=1).mean().backward()
    for name, gradient in zip(("W1", "b", "W2"), plain.gradients(), strict=True):
        torch.testing.assert_close(getattr(network, name).grad, gradient, rtol=1e-9, atol=1e-11)
    assert [name for name, _ in network.named_parameters()] == ["W1", "b", "W2"]


@pytest.mark.parametrize("activation", PHI)
def test_features_lie_along_the_last_axis_whatever_comes_before(model_and_reference, activation):
    model, _ = model_and_reference(activation=activation)
    f = stream(6, 0).random((2, 3, 24))
    assert model(f).shape == (2, 3, 24)
    assert model.activations(f).shape == (2, 3, 10)
    np.testing.assert_allclose(model(f)[1, 2], model(f[1, 2]), rtol=1e-12)


def test_responses_are_the_activations_of_features_alone(model_and_reference):
    model, _ = model_and_reference()
    np.testing.assert_array_equal(model.responses.h, model.activations(np.eye(24)))
    assert model.responses.strongest_feature.tolist() == model.responses.h.argmax(axis=0).tolist()
    assert model.responses is model.responses


def test_what_is_measured_of_models_is_measured_of_it(model_and_reference):
    model, _ = model_and_reference()
    values = np.linalg.svd(polysemantic.linearised_map(model), compute_uv=False)[:6]
    np.testing.assert_allclose(polysemantic.singular_values(model), values, atol=1e-10)
