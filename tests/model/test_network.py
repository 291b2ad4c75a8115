from typing import get_args

import numpy as np
import pytest
import torch
from scipy import stats

from helpers import reference
from monosemanticity.experiment.activations import PHI
from monosemanticity.experiment.spec import Activation
from monosemanticity.model.nonlinearities import NONLINEARITIES
from monosemanticity.model.parameters import initial_parameters
from monosemanticity.training.randomness import stream

FALSE_ALARM = 1e-9
CPU = torch.device("cpu")


@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
@pytest.mark.parametrize("bias_offset", [0, -1, 2.5])
def test_initial_weights_are_uniform_within_their_fan_in_and_biases_are_shifted(tiny_spec, task, bias_offset):
    spec = tiny_spec(task=task, N=100, d=25, k=400, bias_offset=bias_offset)
    parameters = initial_parameters(spec, stream(7, 0), CPU)
    for tensor, bound, shift in [
        (parameters.W1, 1 / 5, 0),
        (parameters.b, 1 / 5, bias_offset),
        (parameters.W2, 1 / 20, 0),
    ]:
        centred = (tensor - shift).double().flatten()
        assert centred.abs().max() <= bound * (1 + 1e-5)
        assert stats.kstest(centred.numpy(), "uniform", args=(-bound, 2 * bound)).pvalue > FALSE_ALARM


def test_initial_weights_have_the_shapes_that_the_task_needs(tiny_spec):
    for task, n_outputs in (("decoder", 24), ("reprojector", 6), ("abs", 24)):
        parameters = initial_parameters(tiny_spec(task=task), stream(0, 0), CPU)
        assert [tuple(t.shape) for t in parameters.tensors()] == [(6, 10), (10,), (10, n_outputs)]


def test_initial_weights_follow_the_seed_alone(tiny_spec):
    spec = tiny_spec()
    same = [initial_parameters(spec, stream(3, 0), CPU).flat for _ in range(2)]
    assert torch.equal(*same)
    assert not torch.equal(same[0], initial_parameters(spec, stream(4, 0), CPU).flat)


def test_weights_are_views_of_one_vector_that_they_fill(tiny_spec):
    parameters = initial_parameters(tiny_spec(), stream(0, 0), CPU)
    for number, tensor in enumerate(parameters.tensors(), start=1):
        tensor.fill_(number)
    assert parameters.flat.tolist() == [1.0] * 60 + [2.0] * 10 + [3.0] * 240


@pytest.mark.parametrize("activation", NONLINEARITIES)
def test_a_nonlinearity_is_the_frameworks(activation):
    e = torch.linspace(-8, 8, 3000, dtype=torch.float64).view(-1, 3)
    h, slope = e.clone(), torch.empty_like(e)
    NONLINEARITIES[activation].forward(h, slope)
    torch.testing.assert_close(h, reference.PHI[activation](e), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("activation", NONLINEARITIES)
@pytest.mark.parametrize("spread", [0.1, 3, 30])
def test_a_trained_model_is_read_with_the_nonlinearity_that_it_was_trained_with(activation, spread):
    e = spread * np.random.default_rng(0).standard_normal((200, 7))
    h = torch.from_numpy(e.copy())
    NONLINEARITIES[activation].forward(h, slope=torch.empty_like(h))
    np.testing.assert_allclose(PHI[activation](e), h.numpy(), rtol=1e-9, atol=1e-13)


def test_every_activation_can_be_trained_and_read():
    assert set(NONLINEARITIES) == set(PHI) == set(get_args(Activation))


@pytest.mark.parametrize("activation", NONLINEARITIES)
def test_a_nonlinearity_passes_gradients_back_as_autograd_does(activation):
    generator = torch.Generator().manual_seed(0)
    e = 3 * torch.randn(50, 7, dtype=torch.float64, generator=generator)
    gradient = torch.randn(50, 7, dtype=torch.float64, generator=generator)
    watched = e.clone().requires_grad_()
    reference.PHI[activation](watched).backward(gradient)
    h, slope = e.clone(), torch.empty_like(e)
    NONLINEARITIES[activation].forward(h, slope)
    NONLINEARITIES[activation].backward(gradient, h, slope)
    torch.testing.assert_close(gradient, watched.grad, rtol=1e-10, atol=1e-12)


def test_the_two_solus_differ_by_the_sum_over_neurons():
    for activation, wanted in (("solu", 0.5), ("unnormalised_solu", torch.e)):
        h = torch.ones(1, 2)
        NONLINEARITIES[activation].forward(h, slope=torch.empty_like(h))
        torch.testing.assert_close(h, torch.full((1, 2), wanted))
