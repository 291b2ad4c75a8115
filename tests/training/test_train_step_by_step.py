"""The fast training against the slow, obvious one, from the same weights on the same samples."""

import pytest
import torch
from test_gradient import KINDS, smaller_slices

from helpers.training import DEVICES, FORMS, PROCESSOR, batch, dense, start, twin
from monosemanticity.training.run import Run

CLOSE = {"rtol": 1e-4, "atol": 3e-6}


def assert_trains_as_the_reference(run: Run, first: int = 1, last: int = 30, scale: float = 1) -> None:
    run.parameters.flat.mul_(scale)
    training = twin(run, steps_taken=first - 1)
    for t in range(first, last + 1):
        f = dense(batch(run, t))
        ours, theirs = run.advance(t), training.step(f)
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.item() == pytest.approx(other.item(), rel=1e-4)
        for mine, other in zip(run.parameters.tensors(), training.weights(), strict=True):
            torch.testing.assert_close(mine.double(), other, **CLOSE)


@pytest.mark.parametrize("l1", [0, 0.05])
@pytest.mark.parametrize("distribution", ["uniform", "power-law"])
@pytest.mark.parametrize("activation", ["relu", "gelu", "solu", "unnormalised_solu"])
@pytest.mark.parametrize(("task", "form"), KINDS)
def test_every_kind_of_run_trains_as_the_reference(tiny_spec, task, form, activation, distribution, l1):
    spec = tiny_spec(task=task, activation=activation, distribution=distribution, l1=l1, decay=0.5, bias_offset=-0.3)
    assert_trains_as_the_reference(start(spec, form))


@pytest.mark.parametrize("distribution", ["uniform", "power-law"])
@pytest.mark.parametrize(("task", "form"), KINDS)
def test_every_kind_of_run_trains_as_the_reference_with_the_parts_of_a_card(tiny_spec, task, form, distribution):
    spec = tiny_spec(task=task, distribution=distribution, l1=0.05, decay=0.5, bias_offset=-0.3)
    assert_trains_as_the_reference(start(spec, form, DEVICES["card"]))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("instead", [{"bias_penalty": 0.02}, {"density": 0.4}, {"density": 0.4, "bias_penalty": 0.02}])
@pytest.mark.parametrize("form", FORMS)
def test_penalised_biases_and_sparse_layers_train_as_the_reference(tiny_spec, form, instead, device):
    assert_trains_as_the_reference(start(tiny_spec(N=48, d=12, k=20, **instead), form, DEVICES[device]))


@pytest.mark.parametrize(("task", "form"), KINDS)
def test_a_batch_of_uneven_slices_trains_as_the_reference(tiny_spec, task, form):
    run = start(tiny_spec(task=task, batch_size=151, l1=0.05), form, smaller_slices(PROCESSOR, rows=1, k=10))
    assert run.compute.slices == [51, 50, 50]
    assert_trains_as_the_reference(run, last=20)


@pytest.mark.parametrize("device", DEVICES)
def test_weights_beyond_the_norm_cap_train_as_the_reference(tiny_spec, device):
    run = start(tiny_spec(k=20, N=60, d=12), device=DEVICES[device])
    assert min(torch.linalg.vector_norm(20 * tensor) for tensor in run.parameters.tensors()) > 10
    assert_trains_as_the_reference(run, scale=20)


@pytest.mark.parametrize("device", DEVICES)
def test_the_schedule_turns_and_the_decay_ends_as_in_the_reference(tiny_spec, device):
    run = start(tiny_spec(steps=1024, decay=5, bias_offset=-0.3), device=DEVICES[device])
    assert_trains_as_the_reference(run, first=500, last=529)


def test_a_second_period_of_the_schedule_is_as_in_the_reference(tiny_spec):
    assert_trains_as_the_reference(start(tiny_spec(steps=4096, decay=5)), first=1500, last=1529)


def test_nothing_moves_at_the_step_whose_learning_rate_is_zero(tiny_spec):
    run = start(tiny_spec(steps=1024, decay=5))
    run.advance(512)
    before = run.parameters.flat.clone()
    run.advance(513)
    assert torch.equal(run.parameters.flat, before)


@pytest.mark.parametrize(("steps", "decaying"), [(1, 0), (2, 1), (5, 2), (6, 3)])
def test_the_bias_decays_by_the_base_learning_rate_in_the_first_half_alone(tiny_spec, monkeypatch, steps, decaying):
    run = start(tiny_spec(steps=steps, decay=20, learning_rate=0.01, bias_offset=-1))
    monkeypatch.setattr(run.optimiser, "step", lambda gradient, learning_rate: None)
    expected = run.parameters.b.clone()
    for t in range(1, steps + 1):
        run.advance(t)
        expected *= 0.8 if t <= decaying else 1
        torch.testing.assert_close(run.parameters.b, expected)


def test_the_bias_decays_after_the_optimiser_moved_it(tiny_spec):
    plain, decayed = start(tiny_spec(decay=0)), start(tiny_spec(decay=20))
    for run in (plain, decayed):
        run.advance(1)
    torch.testing.assert_close(decayed.parameters.b, 0.8 * plain.parameters.b)
    torch.testing.assert_close(decayed.parameters.W1, plain.parameters.W1)
