"""Steps on a graphics card, captured and replayed; without a card its parts are held to the reference elsewhere."""

import pytest
import torch
from test_gradient import KINDS, assert_gradient_is_autograds
from test_train import files_of
from test_train_step_by_step import assert_trains_as_the_reference

from helpers.training import start
from monosemanticity.model.nonlinearities import NONLINEARITIES
from monosemanticity.training import devices
from monosemanticity.training.cuda_graph import LAUNCHED_STEPS
from monosemanticity.training.train import train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no graphics card")


@pytest.mark.parametrize("activation", NONLINEARITIES)
@pytest.mark.parametrize(("task", "form"), KINDS)
def test_the_gradient_is_autograds(tiny_spec, task, form, activation):
    spec = tiny_spec(task=task, activation=activation, l1=0.3, N=60, d=12, k=40, bias_offset=-0.2)
    assert_gradient_is_autograds(start(spec, form, devices.graphics_card("float32")))


@pytest.mark.parametrize(("task", "form"), KINDS)
def test_captured_steps_train_as_the_reference(tiny_spec, task, form):
    run = start(tiny_spec(task=task, l1=0.05, decay=0.5, bias_offset=-0.3), form, devices.graphics_card("float32"))
    assert_trains_as_the_reference(run, last=30)


def test_captured_steps_are_those_that_are_launched(tiny_spec):
    spec, card = tiny_spec(decay=0.5, bias_offset=-0.3), devices.graphics_card("float32")
    captured, late = start(spec, device=card), start(spec, device=card)
    for t in range(1, LAUNCHED_STEPS + 3):
        captured.advance(t)
    late._launched = -100  # never captured
    for t in range(1, LAUNCHED_STEPS + 3):
        late.advance(t)
    assert torch.equal(captured.parameters.flat, late.parameters.flat)


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_the_same_seed_gives_the_same_bytes(tiny_spec, tmp_path, precision):
    for name in ("one", "other"):
        train(tiny_spec(steps=64, precision=precision), tmp_path / name)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")
