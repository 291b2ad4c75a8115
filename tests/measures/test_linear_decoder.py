import numpy as np
import pytest

from monosemanticity.measures import linear_decoder
from monosemanticity.measures.monosemanticity import responses
from monosemanticity.model.trained import Model


def errors(P: list, p: list, task: str = "decoder") -> np.ndarray:
    P, p = np.array(P, float), np.array(p, float)
    N, d = P.shape
    model = Model(task, "relu", p, P, np.zeros((d, 1)), np.zeros(1), np.zeros((1, N)))
    return linear_decoder.error(model, responses(model))


def variance(p: float) -> float:
    return p / 3 - p**2 / 4


def test_features_of_their_own_dimensions_are_read_without_error():
    assert errors([[1, 0], [0, 1]], [0.5, 0.1]) == pytest.approx([0, 0], abs=1e-15)


def test_two_alike_features_in_one_dimension_are_halved():
    assert errors([[1], [1]], [0.2, 0.2]) == pytest.approx([variance(0.2) / 2] * 2)


def test_a_rarer_feature_is_explained_by_its_share_of_the_variance():
    often, rare = variance(0.5), variance(0.1)
    assert errors([[1], [1]], [0.5, 0.1]) == pytest.approx([often * rare / (often + rare)] * 2)


@pytest.mark.parametrize("task", ["decoder", "abs"])
def test_it_is_what_least_squares_finds_on_many_samples(task):
    random = np.random.default_rng(0)
    P = np.array([[1, 0], [0.6, 0.8], [-0.8, 0.6]])
    p = np.array([0.9, 0.4, 0.2])

    def features(frequency: np.ndarray) -> np.ndarray:
        return (random.random((400_000, 3)) < frequency) * random.random((400_000, 3))

    f = features(p) if task == "decoder" else features(p / 2) - features(p / 2)
    x = np.hstack([f @ P, np.ones((len(f), 1))])
    target = f if task == "decoder" else np.abs(f)
    residual = target - x @ np.linalg.lstsq(x, target, rcond=None)[0]
    assert errors(P, p, task) == pytest.approx((residual**2).mean(axis=0), rel=0.02)


def test_the_outputs_of_the_reprojector_are_no_features():
    assert np.isnan(errors([[1], [1]], [0.2, 0.2], "reprojector")).all()
