import pytest
import reference
import torch
from torch import Tensor

from monosemanticity import step
from monosemanticity.network import NONLINEARITIES
from monosemanticity.randomness import stream
from monosemanticity.spec import RunSpec
from monosemanticity.tasks import Samples
from monosemanticity.train import Run

TASKS = ["decoder", "reprojector", "abs"]


def dense(samples: Samples, N: int) -> Tensor:
    """Samples as the matrix f that the reference works with."""
    b = len(samples.starts) - 1
    f = torch.zeros(b, N, dtype=torch.float64)
    for s in range(b):
        for entry in range(int(samples.starts[s]), int(samples.starts[s + 1])):
            f[s, samples.feature[entry]] += samples.value[entry]
    return f


def twin(run: Run, steps_taken: int = 0) -> reference.Training:
    """The reference with a run's projections and weights."""
    projections = run.task.projections()
    training = reference.Training(run.spec, projections["P"], projections.get("Q"), steps_taken=steps_taken)
    training.set_weights(*run.parameters.tensors())
    return training


def assert_gradient_is_autograds(spec: RunSpec) -> None:
    run = Run(spec)
    training = twin(run)
    samples = run.task.draw(stream(spec.seed, 1))
    losses = run.compute(samples)
    expected = training.losses(dense(samples, spec.N))
    sum(expected).backward()
    for ours, theirs in zip(losses, expected, strict=True):
        assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    for ours, theirs in zip(run.compute.gradient.tensors(), training.gradients(), strict=True):
        assert torch.linalg.vector_norm(ours - theirs) <= 1e-5 * torch.linalg.vector_norm(theirs)


@pytest.mark.parametrize("l1", [0, 0.3])
@pytest.mark.parametrize("activation", NONLINEARITIES)
@pytest.mark.parametrize("task", TASKS)
def test_the_gradient_is_autograds(tiny_spec, task, activation, l1):
    assert_gradient_is_autograds(tiny_spec(task=task, activation=activation, l1=l1, N=60, d=12, k=40, bias_offset=-0.2))


@pytest.mark.parametrize("batch_size", [1, 64, 128, 150])
@pytest.mark.parametrize("task", TASKS)
def test_the_gradient_does_not_depend_on_the_slices(tiny_spec, monkeypatch, task, batch_size):
    monkeypatch.setattr(step, "CACHED_FLOATS", 1)  # slices of 64
    assert_gradient_is_autograds(tiny_spec(task=task, l1=0.3, epsilon=0.5, batch_size=batch_size))


def test_a_batch_is_cut_into_slices_that_fit_the_cache(tiny_spec, monkeypatch):
    spec = tiny_spec(k=100, batch_size=1000)
    monkeypatch.setattr(step, "CACHED_FLOATS", 30_000)
    run, rows = Run(spec), []
    forward = run.compute.nonlinearity.forward
    monkeypatch.setattr(run.compute.nonlinearity, "forward", lambda e, slope: (rows.append(len(e)), forward(e, slope)))
    run.compute(run.task.draw(stream(0, 1)))
    assert rows == [300, 300, 300, 100]


@pytest.mark.parametrize("distribution", ["uniform", "power-law"])
def test_a_batch_without_a_feature_pulls_the_output_to_zero(tiny_spec, distribution):
    spec = tiny_spec(epsilon=1e-12, distribution=distribution, bias_offset=1)
    run = Run(spec)
    losses = run.compute(run.task.draw(stream(0, 1)))
    y = torch.relu(run.parameters.b) @ run.parameters.W2
    torch.testing.assert_close(losses.task, y.square().sum())


@pytest.mark.parametrize("activation", NONLINEARITIES)
def test_a_second_batch_does_not_remember_the_first(tiny_spec, activation):
    spec = tiny_spec(activation=activation, l1=0.1)
    run = Run(spec)
    first, second = (run.task.draw(stream(0, t)) for t in (1, 2))
    run.compute(second)
    alone = run.compute.gradient.flat.clone()
    run.compute(first)
    run.compute(second)
    assert torch.equal(run.compute.gradient.flat, alone)
