import numpy as np
import pytest
import torch
from scipy import stats

from helpers.training import DEVICES, batch, dense, start
from monosemanticity.model.tasks import TASKS

on_both_devices = pytest.mark.parametrize("device", DEVICES)


@on_both_devices
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("decoder", lambda f, task: f),
        ("reprojector", lambda f, task: f @ task.Q.double()),
        ("abs", lambda f, task: f.abs()),
    ],
)
def test_outputs_are_held_against_the_tasks_target(tiny_spec, name, target, device):
    spec = tiny_spec(task=name)
    run = start(spec, device=DEVICES[device])
    samples = batch(run, 1)
    y = torch.randn(spec.batch_size, spec.n_outputs, generator=torch.Generator().manual_seed(0))
    residual = y.clone()
    run.task.subtract_target(residual, samples[0])
    torch.testing.assert_close(residual.double(), y - target(dense(samples), run.task), rtol=1e-5, atol=1e-6)


@on_both_devices
def test_holding_outputs_against_the_target_leaves_the_samples_alone(tiny_spec, device):
    run = start(tiny_spec(task="abs", epsilon=0.5), device=DEVICES[device])
    samples = batch(run, 1)
    before = dense(samples)
    run.task.subtract_target(torch.zeros(50, 24), samples[0])
    assert torch.equal(dense(samples), before)
    assert before.min() < 0 < before.max()


@pytest.mark.parametrize("task", TASKS)
def test_every_task_draws_each_feature_at_the_runs_frequency(tiny_spec, task):
    # Half of each feature of a difference follows the power law with mean epsilon / 2 and is then capped: not half of
    # the cap.
    spec = tiny_spec(task=task, distribution="power-law", epsilon=0.4)
    share = 0.5 if task == "abs" else 1
    expected = np.arange(1, 25) ** -1.1
    expected = np.minimum(1, expected / expected.mean() * 0.4 * share)
    assert start(spec).task.sampler.frequency == pytest.approx(expected)


def test_differences_alone_are_negative(tiny_spec):
    lowest = {task: dense(batch(start(tiny_spec(task=task, epsilon=0.5)), 1)).min() for task in TASKS}
    assert lowest["decoder"] == lowest["reprojector"] == 0
    assert lowest["abs"] < -0.5


def test_the_output_projection_is_another_draw_of_the_same_kind(tiny_spec):
    projections = start(tiny_spec(task="reprojector", N=200)).task.projections()
    P, Q = projections["P"].double().numpy(), projections["Q"].double().numpy()
    assert np.linalg.norm(Q, axis=1) == pytest.approx(np.ones(200), rel=1e-5)
    pairs = ~np.eye(200, dtype=bool)
    assert abs(stats.pearsonr((P @ P.T)[pairs], (Q @ Q.T)[pairs]).statistic) < 0.1


def test_the_fixed_projections_are_the_runs_alone(tiny_spec):
    one, same, other = (start(tiny_spec(seed=seed)).task.P for seed in (5, 5, 6))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
