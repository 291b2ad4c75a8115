"""Training against a loop over instances and inputs with automatic gradients, and against itself."""

import math

import numpy as np
import pytest
import torch
from companions.incidental.cases import spec
from hypothesis import given, settings
from hypothesis import strategies as st

from monosemanticity.companions.incidental.training import TRACE, IncidentalTraining
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.training.randomness import stream

KINDS = {
    "as published": {},
    "gradient descent": {"optimiser": "sgd"},
    "flow": {"optimiser": "flow", "learning_rate": 0.1},
    "signs as noise": {"noise": "bernoulli", "sigma": 0.2},
    "normal noise": {"noise": "gaussian", "sigma": 0.2},
    "pairs": {"co_occurrence": 0.3, "optimiser": "sgd"},
    "pairs alone": {"co_occurrence": 1.0},
    "ReLU neurons": {"hidden": "relu"},
    "ReLU neurons and noise": {"hidden": "relu", "noise": "gaussian", "sigma": 0.2, "optimiser": "sgd"},
    "apart": {"start": "apart", "m": 3},
    "no penalty": {"l1": 0.0, "initial_scale": 0.5},
    "split": {"start": "apart", "m": 4, "split_after": 4, "split_noise": 0.05},
}
every_kind = pytest.mark.parametrize("changed", KINDS.values(), ids=KINDS)


def run(training: IncidentalTraining, first: int, last: int) -> IncidentalTraining:
    for t in range(first, last + 1):
        training.step(t)
    return training


def slow_error(W: torch.Tensor, of: IncidentalSpec, noise: torch.Tensor) -> torch.Tensor:
    """Of one instance, input by input, from y = ReLU(W f(W^T x + noise)) (section "Loss and dynamics")."""

    def error(x: torch.Tensor, added: torch.Tensor | float) -> torch.Tensor:
        h = W.T @ x + added
        return ((x - torch.relu(W @ (torch.relu(h) if of.hidden == "relu" else h))) ** 2).sum()

    x = torch.eye(of.n, dtype=W.dtype)
    total = torch.tensor(0.0, dtype=W.dtype)
    for i in range(of.n):
        total = total + (1 - of.co_occurrence) * error(x[i], noise[i])
        for j in range(of.n):
            if j != i and of.co_occurrence:
                total = total + of.co_occurrence * error(x[i] + x[j], 0.0) / (of.n - 1)
    return total


def drawn_noise(of: IncidentalSpec, t: int) -> torch.Tensor:
    shape = (of.instances, of.n, of.m)
    random = stream(of.seed, t)
    if of.noise == "bernoulli":
        return of.sigma * torch.tensor(2.0 * random.integers(2, size=shape, dtype=np.int8) - 1)
    if of.noise == "gaussian":
        return of.sigma * torch.tensor(random.standard_normal(shape))
    return torch.zeros(shape, dtype=torch.float64)


def slow_training(of: IncidentalSpec, start: np.ndarray) -> np.ndarray:
    """Every instance by itself, in float64."""
    return np.stack([slow_instance(of, W, instance) for instance, W in enumerate(start)])


def slow_instance(of: IncidentalSpec, start: np.ndarray, instance: int) -> np.ndarray:
    W = torch.tensor(start.astype(np.float64), requires_grad=True)
    kinds = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD, "flow": torch.optim.SGD}
    optimiser = kinds[of.optimiser]([W], lr=of.learning_rate)
    for t in range(1, of.steps + 1):
        error = slow_error(W, of, drawn_noise(of, t)[instance])
        loss = (error / 4 if of.optimiser == "flow" else error) + of.l1 * W.abs().sum()
        optimiser.zero_grad()
        loss.backward()
        before = W.detach().clone()
        optimiser.step()
        if of.optimiser == "flow":
            with torch.no_grad():
                W[W * before < 0] = 0
    return W.detach().numpy()


@every_kind
def test_training_follows_the_slow_reference(changed):
    of = spec(**{name: value for name, value in changed.items() if not name.startswith("split")})
    training = IncidentalTraining(of)
    reference = slow_training(of, training.tensors()["W"])
    assert run(training, 1, of.steps).tensors()["W"] == pytest.approx(reference, abs=3e-6)


def test_the_flow_is_the_published_one_without_the_factors_of_4():
    of = spec(optimiser="flow", learning_rate=0.01, steps=1)
    training = IncidentalTraining(of)
    W = training.tensors()["W"].astype(np.float64)
    expected = np.empty_like(W)
    for instance in range(of.instances):
        for i, row in enumerate(W[instance]):
            others = [max(0, row @ other) * other for j, other in enumerate(W[instance]) if j != i]
            expected[instance, i] = (1 - row @ row) * row - sum(others) - of.l1 * np.sign(row)
    training.step(1)
    moved = (training.tensors()["W"] - W) / of.learning_rate
    crossed = training.tensors()["W"] == 0
    assert moved[~crossed] == pytest.approx(expected[~crossed], abs=1e-4)


def test_a_weight_that_crosses_0_in_the_flow_stays_there():
    training = IncidentalTraining(spec(n=1, m=50, optimiser="flow", learning_rate=0.5, l1=0.1))
    zero = run(training, 1, 3).tensors()["W"] == 0
    assert zero.any()
    assert (run(training, 4, 8).tensors()["W"][zero] == 0).all()


@every_kind
def test_the_recorded_loss_is_the_whole_loss_without_noise(changed):
    of = spec(**changed)
    training = IncidentalTraining(of)
    W = torch.tensor(training.tensors()["W"].astype(np.float64))
    expected = [slow_error(each, of, torch.zeros(of.n, of.m)) + of.l1 * each.abs().sum() for each in W]
    assert training.record()["loss"] == pytest.approx(np.array(expected), rel=1e-6)


def test_what_is_recorded_is_of_every_instance():
    training = IncidentalTraining(spec(n=2, m=3, instances=2))
    training.W[:] = torch.tensor([[[1.0, 0, 0], [0, -1, 0]], [[0.5, 0.5, 0], [0, 0, 0]]])
    record = training.record()
    assert record.keys() == TRACE.keys()
    assert {column.dtype for column in record.values()} == {np.dtype(np.float64)}
    assert list(record["l1_norm"]) == [1, 0.5]
    assert list(record["nonzero_entries"]) == [1, 1]
    assert list(record["fourth_norm"]) == [1, 0.0625]


@every_kind
def test_an_instance_is_the_same_however_many_are_trained_beside_it(changed):
    alone, among = IncidentalTraining(spec(instances=1, **changed)), IncidentalTraining(spec(instances=3, **changed))
    one, three = (run(training, 1, 8).tensors()["W"] for training in (alone, among))
    assert one[0] == pytest.approx(three[0], abs=1e-6)


@every_kind
@settings(max_examples=5, deadline=None)
@given(stop=st.integers(0, 8))
def test_a_resumed_run_comes_to_the_same_bytes(changed, stop):
    whole = run(IncidentalTraining(spec(**changed)), 1, 8).tensors()
    state = run(IncidentalTraining(spec(**changed)), 1, stop).state()
    resumed = IncidentalTraining(spec(**changed))
    assert {name: array.shape for name, array in resumed.state().items()} == {
        name: array.shape for name, array in state.items()
    }
    resumed.restore(state)
    for name, tensor in run(resumed, stop + 1, 8).tensors().items():
        assert tensor.tobytes() == whole[name].tobytes()


def test_kept_tensors_and_states_do_not_change_as_training_goes_on():
    training = IncidentalTraining(spec())
    start, state = training.tensors()["W"], training.state()["W"]
    copies = start.copy(), state.copy()
    run(training, 1, 3)
    assert (start == copies[0]).all()
    assert (state == copies[1]).all()


def test_initial_weights_are_normal_with_the_scale_of_the_spec():
    W = IncidentalTraining(spec(n=50, m=400, initial_scale=0.9)).tensors()["W"]
    assert W.std() == pytest.approx(0.9 / math.sqrt(400), rel=0.01)
    assert W.mean() == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize(("n", "m"), [(40, 60), (40, 40), (60, 40), (120, 40)])
def test_features_that_start_apart_share_neurons_as_evenly_as_possible(n, m):
    W = IncidentalTraining(spec(n=n, m=m, start="apart")).tensors()["W"]
    largest = np.abs(W).argmax(axis=2)
    for instance in range(len(W)):
        features_of_neurons = np.bincount(largest[instance], minlength=m)
        assert features_of_neurons.max() - features_of_neurons.min() <= 1
        for feature in range(min(n, 2 * m)):
            assert W[instance, feature, feature % m] == (1 if feature < m else -1)


def split(W: np.ndarray, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The weights after a split, by a step of nearly no size, and which neurons were copied."""
    of = spec(n=W.shape[1], m=W.shape[2], instances=len(W), split_after=1, split_noise=noise, learning_rate=1e-12)
    training = IncidentalTraining(of)
    training.W[:] = torch.tensor(W)
    run(training, 2, 2)
    return training.tensors()["W"], training.tensors()["copied_from"]


TWO_MODELS = np.zeros((2, 3, 5), dtype=np.float32)
TWO_MODELS[0, 0, 1], TWO_MODELS[0, 1, 1], TWO_MODELS[0, 2, 0] = 1, -1, 1
TWO_MODELS[0, :, 3] = 0.1
TWO_MODELS[1, 0, 0], TWO_MODELS[1, 1, 2], TWO_MODELS[1, 2, 4] = 1, -1, 1


def test_a_polysemantic_neuron_is_copied_into_an_unused_one():
    W, copied_from = split(TWO_MODELS)
    (copy,) = np.flatnonzero(copied_from[0] != np.arange(5))
    assert copy in (2, 4)
    assert copied_from[0, copy] == 1
    for neuron in (1, copy):
        assert W[0, :, neuron] == pytest.approx(TWO_MODELS[0, :, 1] / math.sqrt(2))
    assert W[0, :, 0] == pytest.approx(TWO_MODELS[0, :, 0])


def test_a_split_without_noise_changes_no_output():
    W, _ = split(TWO_MODELS)
    assert W @ W.transpose(0, 2, 1) == pytest.approx(TWO_MODELS @ TWO_MODELS.transpose(0, 2, 1), abs=1e-6)


def test_models_without_polysemantic_neurons_are_not_split():
    W, copied_from = split(TWO_MODELS)
    assert W[1] == pytest.approx(TWO_MODELS[1])
    assert (copied_from[1] == np.arange(5)).all()


def test_several_neurons_are_split_into_as_many_unused_ones():
    W = np.zeros((1, 4, 4), dtype=np.float32)
    W[0, 0, 0], W[0, 1, 0], W[0, 2, 3], W[0, 3, 3] = 1, -1, 1, -1
    _, copied_from = split(W)
    assert sorted(copied_from[0]) == [0, 0, 3, 3]


def test_noise_tells_the_two_copies_apart():
    W, copied_from = split(TWO_MODELS, noise=0.01)
    (copy,) = np.flatnonzero(copied_from[0] != np.arange(5))
    for neuron in (1, copy):
        added = W[0, :, neuron] - TWO_MODELS[0, :, 1] / math.sqrt(2)
        assert (added != 0).all()
        assert np.abs(added).max() < 0.05
    assert (W[0, :, 1] != W[0, :, copy]).all()
