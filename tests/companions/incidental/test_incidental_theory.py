"""The published formulas at numbers worked out by hand, and against small simulations."""

import numpy as np
import pytest
from companions.incidental.cases import spec

from monosemanticity.companions.incidental import theory
from monosemanticity.companions.incidental.training import IncidentalTraining


def test_predicted_counts():
    assert theory.polysemantic_neurons(256, 256) == 64
    assert list(theory.necessary_neurons(64, np.array([16, 32, 48, 64, 128]))) == [16, 32, 16, 0, 0]


def test_predicted_sparsification():
    t = np.array([0.0, 990.0, 1e5, 1e9])
    assert theory.l1_norm(t, 10_000, 1e-5) == pytest.approx([100, 1 / 0.0199, 1 / 1.01, 1], abs=0.01)
    assert theory.nonzero_entries(t, 10_000, 1e-5) == pytest.approx([1e4, 1 / 0.0199**2, 1, 1])


def test_random_directions_have_the_predicted_fourth_norm():
    random = np.random.default_rng(0).standard_normal((20_000, 16))
    directions = random / np.linalg.norm(random, axis=1, keepdims=True)
    assert (directions**4).sum(axis=1).mean() == pytest.approx(theory.random_fourth_norm(16), rel=0.02)


def test_an_encoding_without_interference_becomes_sparse_about_as_predicted():
    l1 = 0.0316  # lambda sqrt(m) is 1, so that a time of 10 is well into the fall
    of = spec(n=1, m=1000, instances=4, optimiser="flow", learning_rate=0.1, initial_scale=0.9, l1=l1, steps=400)
    training = IncidentalTraining(of)
    for t in range(1, of.steps + 1):
        training.step(t)
        if t == 100:
            assert training.record()["l1_norm"] == pytest.approx(theory.l1_norm(np.array([10.0]), 1000, l1)[0], rel=1)
    assert (training.record()["nonzero_entries"] < 10).all()


def test_neurons_at_random_without_equal_signs_give_the_predicted_count_too():
    n, m, counts = 256, 1024, []
    for random in map(np.random.default_rng, range(40)):
        taken: set[tuple[int, int]] = set()
        while len(taken) < n:  # a feature whose neuron and sign are taken tries another
            taken.add((int(random.integers(m)), int(random.integers(2))))
        counts.append(sum((neuron, 1) in taken for neuron, sign in taken if sign == 0))
    assert np.mean(counts) == pytest.approx(theory.polysemantic_neurons(n, m), rel=0.1)
