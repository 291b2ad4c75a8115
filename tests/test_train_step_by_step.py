"""The fast training against the slow, obvious one, from the same weights on the same samples."""

import pytest
import torch
from test_step import dense, twin

from monosemanticity import step
from monosemanticity.randomness import stream
from monosemanticity.spec import RunSpec
from monosemanticity.train import Run

CLOSE = {"rtol": 1e-4, "atol": 3e-6}


def assert_trains_as_the_reference(spec: RunSpec, start: int = 1, stop: int = 31, scale: float = 1) -> None:
    run = Run(spec)
    run.parameters.flat.mul_(scale)
    training = twin(run, steps_taken=start - 1)
    for t in range(start, stop):
        f = dense(run.task.draw(stream(spec.seed, t)), spec.N)
        ours, theirs = run.advance(t), training.step(f)
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.item() == pytest.approx(other.item(), rel=1e-4)
        for mine, other in zip(run.parameters.tensors(), training.weights(), strict=True):
            torch.testing.assert_close(mine.double(), other, **CLOSE)


@pytest.mark.parametrize("l1", [0, 0.05])
@pytest.mark.parametrize("distribution", ["uniform", "power-law"])
@pytest.mark.parametrize("activation", ["relu", "gelu", "solu", "unnormalised_solu"])
@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
def test_every_kind_of_run_trains_as_the_reference(tiny_spec, task, activation, distribution, l1):
    assert_trains_as_the_reference(
        tiny_spec(task=task, activation=activation, distribution=distribution, l1=l1, decay=0.5, bias_offset=-0.3)
    )


@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
def test_a_batch_of_uneven_slices_trains_as_the_reference(tiny_spec, monkeypatch, task):
    monkeypatch.setattr(step, "CACHED_FLOATS", 1)  # slices of 64
    assert_trains_as_the_reference(tiny_spec(task=task, batch_size=150, l1=0.05), stop=21)


def test_weights_beyond_the_norm_cap_train_as_the_reference(tiny_spec):
    spec = tiny_spec(k=20, N=60, d=12)
    assert min(torch.linalg.vector_norm(20 * tensor) for tensor in Run(spec).parameters.tensors()) > 10
    assert_trains_as_the_reference(spec, scale=20)


def test_the_schedule_turns_and_the_decay_ends_as_in_the_reference(tiny_spec):
    assert_trains_as_the_reference(tiny_spec(steps=1024, decay=5, bias_offset=-0.3), start=500, stop=530)


def test_a_second_swing_is_as_in_the_reference(tiny_spec):
    assert_trains_as_the_reference(tiny_spec(steps=4096, decay=5), start=1500, stop=1530)


def test_nothing_moves_at_the_step_whose_learning_rate_is_zero(tiny_spec):
    run = Run(tiny_spec(steps=1024, decay=5))
    run.advance(512)
    before = run.parameters.flat.clone()
    run.advance(513)
    assert torch.equal(run.parameters.flat, before)


@pytest.mark.parametrize(("steps", "decaying"), [(1, 0), (2, 1), (5, 2), (6, 3)])
def test_the_bias_decays_by_the_base_learning_rate_in_the_first_half_alone(tiny_spec, monkeypatch, steps, decaying):
    run = Run(tiny_spec(steps=steps, decay=20, learning_rate=0.01, bias_offset=-1))
    monkeypatch.setattr(run.optimiser, "step", lambda gradient, learning_rate: None)
    expected = run.parameters.b.clone()
    for t in range(1, steps + 1):
        run.advance(t)
        expected *= 0.8 if t <= decaying else 1
        torch.testing.assert_close(run.parameters.b, expected)


def test_the_bias_decays_after_the_optimiser_moved_it(tiny_spec):
    plain, decayed = Run(tiny_spec(decay=0)), Run(tiny_spec(decay=20))
    for run in (plain, decayed):
        run.advance(1)
    torch.testing.assert_close(decayed.parameters.b, 0.8 * plain.parameters.b)
    torch.testing.assert_close(decayed.parameters.W1, plain.parameters.W1)
