import dataclasses

import pytest
import torch

from helpers.training import CARD, DEVICES, FORMS, PROCESSOR, batch, dense, start, twin
from monosemanticity.model.nonlinearities import NONLINEARITIES
from monosemanticity.training.devices import Device
from monosemanticity.training.products import Bfloat16Products, RoundedProducts
from monosemanticity.training.run import Run

KINDS = [
    pytest.param(task, form, id=f"{task}-{form}")
    for task in ("decoder", "reprojector", "abs")
    for form in FORMS
    if not (task == "reprojector" and form == "gram")
]


def smaller_slices(device: Device, rows: int, k: int) -> Device:
    """The device with a cache for so many samples."""
    return dataclasses.replace(device, slice_floats=rows * k)


def assert_gradient_is_autograds(run: Run, t: int = 1) -> None:
    training, samples = twin(run), batch(run, t)
    losses = run.compute(samples)
    expected = training.losses(dense(samples))
    sum(expected).backward()
    for ours, theirs in zip(losses, expected, strict=True):
        assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    for ours, theirs in zip(run.compute.gradient.tensors(), training.gradients(), strict=True):
        assert torch.linalg.vector_norm(ours - theirs) <= 1e-5 * torch.linalg.vector_norm(theirs)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("l1", [0, 0.3])
@pytest.mark.parametrize("activation", NONLINEARITIES)
@pytest.mark.parametrize(("task", "form"), KINDS)
def test_the_gradient_is_autograds(tiny_spec, task, form, activation, l1, device):
    spec = tiny_spec(task=task, activation=activation, l1=l1, N=60, d=12, k=40, bias_offset=-0.2)
    assert_gradient_is_autograds(start(spec, form, DEVICES[device]))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("distribution", ["uniform", "power-law"])
def test_the_gradient_of_a_model_in_training_is_autograds(tiny_spec, form, distribution):
    spec = tiny_spec(N=60, d=12, k=40, epsilon=1 / 16, distribution=distribution, learning_rate=0.03, batch_size=256)
    run = start(spec, form)
    for t in range(1, 300):
        run.advance(t)
    assert_gradient_is_autograds(run, t=300)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("batch_size", [1, 64, 128, 150])
@pytest.mark.parametrize(("task", "form"), KINDS)
def test_the_gradient_does_not_depend_on_the_slices(tiny_spec, task, form, batch_size, device):
    spec = tiny_spec(task=task, l1=0.3, epsilon=0.5, batch_size=batch_size)
    assert_gradient_is_autograds(start(spec, form, smaller_slices(DEVICES[device], rows=1, k=spec.k)))


@pytest.mark.parametrize(
    ("batch_size", "slices"), [(250, [250]), (1000, [250] * 4), (1001, [201, 200, 200, 200, 200]), (1, [1])]
)
def test_a_batch_is_cut_into_equal_slices_that_fit_the_cache(tiny_spec, batch_size, slices):
    spec = tiny_spec(k=100, batch_size=batch_size)
    run = start(spec, device=smaller_slices(PROCESSOR, rows=250, k=100))
    assert run.compute.slices == slices
    assert [samples.rows for samples in batch(run, 1)] == slices


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("distribution", ["uniform", "power-law"])
def test_a_batch_without_a_feature_pulls_the_output_to_zero(tiny_spec, distribution, form):
    spec = tiny_spec(epsilon=1e-12, distribution=distribution, bias_offset=1)
    run = start(spec, form)
    losses = run.compute(batch(run, 1))
    y = torch.relu(run.parameters.b) @ run.parameters.W2
    torch.testing.assert_close(losses.task, y.square().sum())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("activation", NONLINEARITIES)
def test_a_second_batch_does_not_remember_the_first(tiny_spec, activation, form):
    run = start(tiny_spec(activation=activation, l1=0.1), form)
    first, second = batch(run, 1), batch(run, 2)
    run.compute(second)
    alone = run.compute.gradient.flat.clone()
    run.compute(first)
    run.compute(second)
    assert torch.equal(run.compute.gradient.flat, alone)


@pytest.mark.parametrize("products", [RoundedProducts, Bfloat16Products])
@pytest.mark.parametrize("device", [PROCESSOR, CARD], ids=DEVICES)
@pytest.mark.parametrize("task", ["decoder", "reprojector", "abs"])
def test_in_bfloat16_the_gradient_is_autograds_to_its_rounding(tiny_spec, task, device, products):
    rounding = dataclasses.replace(device, products=products("bfloat16", "oneDNN"))
    run = start(tiny_spec(task=task, N=60, d=12, k=40, batch_size=500), device=rounding)
    training, samples = twin(run), batch(run, 1)
    losses, (expected, _) = run.compute(samples), training.losses(dense(samples))
    expected.backward()
    assert losses.task.item() == pytest.approx(expected.item(), rel=3e-3)
    for ours, theirs in zip(run.compute.gradient.tensors(), training.gradients(), strict=True):
        assert 1e-6 < torch.linalg.vector_norm(ours - theirs) / torch.linalg.vector_norm(theirs) < 1e-2
