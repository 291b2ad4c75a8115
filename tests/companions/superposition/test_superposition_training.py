"""Against the published loop, written out: one instance at a time, with gradients by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monosemanticity.companions.superposition import samples, theory
from monosemanticity.companions.superposition.training import TRACE, SuperpositionTraining
from monosemanticity.training.randomness import stream

both_tasks = pytest.mark.parametrize("task", ["identity", "absolute"])


def trained(spec, steps):
    training = SuperpositionTraining(spec)
    for t in range(1, steps + 1):
        training.step(t)
    return training


def gradients(task, weights, x, importances):
    """Of the loss of one instance, mean over samples and features, by the chain rule in double precision."""
    W1, W2 = (weights["W"], weights["W"].T) if task == "identity" else (weights["W1"], weights["W2"])
    e = x @ W1.T
    h = np.maximum(e, 0)
    before = h @ W2.T + weights["b"]
    back = 2 * importances * (np.maximum(before, 0) - np.abs(x)) * (before > 0) / x.size
    by_W2, by_W1 = back.T @ h, ((back @ W2) * (e > 0)).T @ x
    by_weights = {"W": by_W1 + by_W2.T} if task == "identity" else {"W1": by_W1, "W2": by_W2}
    return {**by_weights, "b": back.sum(axis=0)}


def adamw(weights, gradient, moments, t, learning_rate):
    """One step, with the constants of its authors."""
    for name, weight in weights.items():
        m, v = moments.get(name, (0, 0))
        m, v = 0.9 * m + 0.1 * gradient[name], 0.999 * v + 0.001 * gradient[name] ** 2
        moments[name] = m, v
        weight *= 1 - 0.01 * learning_rate
        weight -= learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


@both_tasks
def test_it_trains_as_the_published_loop_does_on_each_instance_alone(small_spec, task):
    spec = small_spec(task=task)
    training = SuperpositionTraining(spec)
    start = training.tensors()
    importances = theory.importances(spec)
    for i in range(spec.instances):
        weights = {name: tensor[i].astype(float) for name, tensor in start.items()}
        moments = {}
        for t in range(1, spec.steps + 1):
            x = samples.draw(spec, stream(spec.seed, t), spec.instances, spec.batch_size)[i]
            adamw(weights, gradients(task, weights, x, importances), moments, t, spec.learning_rate)
        after = trained(spec, spec.steps).tensors()
        for name, weight in weights.items():
            np.testing.assert_allclose(after[name][i], weight, atol=2e-4)
            assert np.abs(weight - start[name][i]).max() > 0.05


@both_tasks
def test_an_instance_is_the_same_however_many_there_are(small_spec, task):
    many, one = trained(small_spec(task=task), 5), trained(small_spec(task=task, instances=1), 5)
    for name, tensor in one.tensors().items():
        np.testing.assert_allclose(many.tensors()[name][:1], tensor, atol=1e-6)


def test_instances_start_and_train_apart(small_spec):
    training = SuperpositionTraining(small_spec())
    assert not np.allclose(training.tensors()["W1"][0], training.tensors()["W1"][1])
    x = samples.draw(small_spec(), stream(1, 1), 3, 16)
    assert not np.allclose(x[0], x[1])


@both_tasks
@settings(max_examples=5)
@given(after=st.integers(0, 12))
def test_a_restored_run_goes_on_to_the_same_bytes(small_spec, task, after):
    whole, stopped = trained(small_spec(task=task), 12), trained(small_spec(task=task), after)
    resumed = SuperpositionTraining(small_spec(task=task))
    resumed.restore(stopped.state())
    for t in range(after + 1, 13):
        resumed.step(t)
    for name, array in whole.state().items():
        assert array.tobytes() == resumed.state()[name].tobytes()


def test_what_was_handed_out_stays_as_it_was(small_spec):
    training = SuperpositionTraining(small_spec())
    tensors, state = training.tensors(), training.state()
    training.step(1)
    assert np.array_equal(tensors["W1"], state["W1"])
    assert not np.array_equal(tensors["W1"], training.tensors()["W1"])


def test_kept_tensors_have_the_shapes_that_the_run_promises(small_spec):
    for task in ("identity", "absolute"):
        spec = small_spec(task=task)
        assert {name: tensor.shape for name, tensor in SuperpositionTraining(spec).tensors().items()} == spec.shapes


def test_initial_weights_have_the_spread_asked_for_and_biases_are_0(small_spec):
    start = SuperpositionTraining(small_spec(n=100, m=50, instances=2, initial_sd=0.02)).tensors()
    assert start["W1"].std() == pytest.approx(0.02, rel=0.05)
    assert start["W2"].std() == pytest.approx(0.02, rel=0.05)
    assert not start["b"].any()


def test_the_recorded_loss_is_that_of_the_source_on_held_out_samples(small_spec):
    spec = small_spec()
    training = trained(spec, 3)
    assert training.record().keys() == TRACE.keys()
    x = samples.draw(spec, stream(spec.seed, samples.HELD_OUT), spec.batch_size)
    weights = {name: tensor.astype(float) for name, tensor in training.tensors().items()}
    for i, loss in enumerate(training.record()["loss"]):
        W1, W2, b = (weights[name][i] for name in ("W1", "W2", "b"))
        y = np.maximum(np.maximum(x @ W1.T, 0) @ W2.T + b, 0)
        assert loss == pytest.approx(np.mean(np.sum(0.8 ** np.arange(5) * (np.abs(x) - y) ** 2, axis=1)), rel=1e-5)


def test_features_are_active_with_the_probability_and_range_of_the_task(small_spec):
    for task, low, mean in (("identity", 0, 0.5), ("absolute", -1, 0)):
        x = samples.draw(small_spec(task=task, active=0.3), np.random.default_rng(0), 40000)
        shown = x[x != 0]
        assert (x != 0).mean() == pytest.approx(0.3, abs=0.01)
        assert (shown.min(), shown.max()) == pytest.approx((low, 1), abs=0.01)
        assert shown.mean() == pytest.approx(mean, abs=0.01)


def test_two_neurons_a_feature_compute_the_absolute_value_exactly(small_spec):
    """Companion check: six signed neurons, loss below 1e-7, in the best of five seeds; here fewer, longer steps."""
    torch.set_num_threads(1)
    spec = small_spec(n=3, m=6, instances=5, active=1, importance=0.7, batch_size=128, initial_sd=0.47)
    assert trained(spec, 1000).record()["loss"].min() < 1e-5
