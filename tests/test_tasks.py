from collections.abc import Callable

import numpy as np
import pytest
import reference
import torch
from scipy import stats
from test_features import FALSE_ALARM, assert_binomial, assert_follows
from test_step import dense

from monosemanticity.randomness import stream
from monosemanticity.spec import RunSpec
from monosemanticity.tasks import TASKS, Samples


@pytest.mark.parametrize("name", TASKS)
def test_inputs_are_projected_features(tiny_spec, name):
    task = TASKS[name](tiny_spec(task=name), stream(0, 0))
    samples = task.draw(stream(0, 1))
    torch.testing.assert_close(
        task.inputs(samples).double(), dense(samples, 24) @ task.P.double(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("decoder", lambda f, task: f),
        ("reprojector", lambda f, task: f @ task.Q.double()),
        ("abs", lambda f, task: f.abs()),
    ],
)
def test_outputs_are_held_against_the_tasks_target(tiny_spec, name, target):
    spec = tiny_spec(task=name)
    task = TASKS[name](spec, stream(0, 0))
    samples = task.draw(stream(0, 1))
    y = torch.randn(spec.batch_size, spec.n_outputs, generator=torch.Generator().manual_seed(0))
    residual = y.clone()
    task.subtract_target(residual, samples)
    torch.testing.assert_close(residual.double(), y - target(dense(samples, spec.N), task), rtol=1e-5, atol=1e-6)


def test_holding_outputs_against_the_target_leaves_the_samples_alone(tiny_spec):
    task = TASKS["abs"](tiny_spec(task="abs", epsilon=0.5), stream(0, 0))
    samples = task.draw(stream(0, 1))
    before = samples.value.clone()
    task.subtract_target(torch.zeros(50, 24), samples)
    assert torch.equal(samples.value, before)
    assert before.min() < 0 < before.max()


def test_rows_are_the_samples_between(tiny_spec):
    samples = TASKS["decoder"](tiny_spec(epsilon=0.3), stream(0, 0)).draw(stream(0, 1))
    assert torch.equal(dense(samples.rows(10, 35), 24), dense(samples, 24)[10:35])


def test_rows_without_a_feature_are_rows_of_zeros():
    samples = Samples(torch.tensor([0, 1, 1, 2]), torch.tensor([2, 0]), torch.tensor([0.5, 0.25]))
    assert dense(samples.rows(1, 2), 3).tolist() == [[0, 0, 0]]
    assert samples.rows(1, 2).project(torch.ones(3, 2)).tolist() == [[0, 0]]


def test_the_output_projection_is_another_draw_of_the_same_kind(tiny_spec):
    projections = TASKS["reprojector"](tiny_spec(task="reprojector", N=200), stream(0, 0)).projections()
    P, Q = projections["P"].double().numpy(), projections["Q"].double().numpy()
    assert np.linalg.norm(Q, axis=1) == pytest.approx(np.ones(200), rel=1e-5)
    pairs = ~np.eye(200, dtype=bool)
    assert abs(stats.pearsonr((P @ P.T)[pairs], (Q @ Q.T)[pairs]).statistic) < 0.1


def test_the_fixed_projections_are_the_runs_alone(tiny_spec):
    same = [TASKS["decoder"](tiny_spec(), stream(5, 0)).P for _ in range(2)]
    assert torch.equal(*same)
    assert not torch.equal(same[0], TASKS["decoder"](tiny_spec(), stream(6, 0)).P)


def differences(spec: RunSpec, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each feature is drawn in the absolute value task, and every value drawn."""
    task = TASKS["abs"](spec, stream(0, 0))
    batches = [task.draw(stream(0, step)) for step in range(1, steps + 1)]
    feature = np.concatenate([samples.feature for samples in batches])
    return np.bincount(feature, minlength=spec.N), np.concatenate([samples.value for samples in batches])


@pytest.mark.parametrize(
    "numbers",
    [
        {"N": 512, "epsilon": 1 / 64, "batch_size": 512},
        # Half of each feature follows the power law with mean epsilon / 2 and is then capped: not half of the cap.
        {"N": 512, "epsilon": 1 / 64, "batch_size": 512, "distribution": "power-law"},
        {"N": 40, "epsilon": 1, "batch_size": 100, "distribution": "power-law"},
        {"N": 8, "epsilon": 0.97, "batch_size": 100},
        {"N": 100, "epsilon": 0.01, "batch_size": 1},
    ],
    ids=["the paper's", "power law", "many features always on", "dense", "one sample a batch"],
)
def test_a_difference_is_present_when_either_half_is(tiny_spec, numbers):
    spec, steps = tiny_spec(task="abs", **numbers), 400
    counts, _ = differences(spec, steps)
    half = reference.frequencies(spec, spec.epsilon / 2).double().numpy()
    assert_binomial(counts, spec.batch_size * steps, 1 - (1 - half) ** 2)


def difference_law(epsilon: float) -> Callable[[np.ndarray], np.ndarray]:
    """Distribution function of f1 - f2 where it is drawn: triangular if both are present, else uniform on a side."""
    both = (epsilon / 2) ** 2 / (1 - (1 - epsilon / 2) ** 2)

    def distribution(value: np.ndarray) -> np.ndarray:
        beyond = (1 - both) / 2 * (1 - abs(value)) + both / 2 * (1 - abs(value)) ** 2
        return np.where(value < 0, beyond, 1 - beyond)

    return distribution


@pytest.mark.parametrize("epsilon", [1, 0.6, 0.05])
def test_values_of_a_difference_follow_its_law(tiny_spec, epsilon):
    _, values = differences(tiny_spec(task="abs", epsilon=epsilon, batch_size=500), steps=10)
    assert_follows(values, difference_law(epsilon))
    assert_binomial((values > 0).sum(), len(values), 0.5)


def test_differences_are_those_of_two_dense_draws(tiny_spec):
    spec = tiny_spec(task="abs", epsilon=0.9, batch_size=2000)
    counts, values = differences(spec, steps=1)
    dense_f = reference.dense_draw(spec, torch.Generator().manual_seed(0)).numpy()
    present = dense_f[dense_f != 0]
    assert stats.ks_2samp(values, present).pvalue >= FALSE_ALARM
    table = [[counts.sum(), len(present)], [dense_f.size - counts.sum(), dense_f.size - len(present)]]
    assert stats.fisher_exact(table).pvalue >= FALSE_ALARM
