from typing import Any

import numpy as np
import pytest

from helpers.training import start, twin
from monosemanticity.experiment.activations import PHI
from monosemanticity.identity import stages
from monosemanticity.measures import measure, measured
from monosemanticity.measures.measure import of_features, of_models, of_neurons
from monosemanticity.measures.monosemanticity import Responses, monosemanticity, responses
from monosemanticity.model.trained import Model, model_of
from monosemanticity.results import checkpoints, parquet


def model(W1: list, b: list, W2: list | None = None, task: str = "decoder", activation: str = "relu") -> Model:
    """A model whose features are its inputs: P is the identity."""
    W1, b = np.array(W1, float), np.array(b, float)
    W2 = np.zeros((len(b), len(W1))) if W2 is None else np.array(W2, float)
    return Model(task, activation, np.full(len(W1), 0.25), np.eye(len(W1)), W1, b, W2)


def summary(of: Model) -> dict[str, Any]:
    """What is measured of one model."""
    return {name: column.tolist()[0] for name, column in of_models({1: of}).items()}


def r_of(*responses_of_a_neuron: float) -> float:
    (r,) = monosemanticity(np.array(responses_of_a_neuron, float)[:, None])
    return float(r)


def test_a_neuron_of_one_feature_has_monosemanticity_one():
    assert r_of(0, 3, 0) == pytest.approx(1)


def test_a_neuron_of_two_equal_features_has_monosemanticity_one_half():
    assert r_of(2, 2, 0) == pytest.approx(0.5)


def test_negative_responses_do_not_count_in_the_sum():
    assert r_of(3, -2, 1) == pytest.approx(0.75)


@pytest.mark.parametrize("h", [(0, 0, 0), (-0.2, -0.1), (-3e8, 0), (-1e-300, -1)])
def test_a_neuron_that_no_feature_activates_has_zero_monosemanticity(h):
    assert r_of(*h) == 0


def test_monosemanticity_is_a_neurons_own():
    h = np.array([[1.0, 0.0, 2.0], [1.0, 5.0, 6.0]])
    np.testing.assert_allclose(monosemanticity(h), [0.5, 1.0, 0.75])


def test_a_response_is_the_activation_for_one_feature_at_unit_strength():
    seen = responses(model(W1=[[1, 0], [2, 3]], b=[-1, -1]))
    assert seen.h.tolist() == [[0, 0], [1, 2]]
    assert seen.strongest_feature.tolist() == [1, 1]
    assert seen.monosemantic.tolist() == [True, True]


def test_responses_pass_through_the_projection():
    P = np.array([[0.6, 0.8], [1.0, 0.0], [0.0, -1.0]])
    seen = responses(
        Model("decoder", "relu", np.full(3, 0.25), P, np.array([[1.0], [2.0]]), np.zeros(1), np.zeros((1, 3)))
    )
    np.testing.assert_allclose(seen.h, [[2.2], [1.0], [0.0]])


@pytest.mark.parametrize("activation", PHI)
def test_a_kept_model_is_read_in_double_precision_as_the_reference_reads_it(tmp_path, tiny_spec, activation):
    spec = tiny_spec(activation=activation)
    run = start(spec)
    checkpoints.write_checkpoint(tmp_path, 1, {name: tensor.numpy() for name, tensor in run.tensors().items()}, spec)
    seen = responses(model_of(spec, checkpoints.read_checkpoint(tmp_path, 1, spec)))
    assert seen.h.dtype == seen.r.dtype == np.float64
    _, h = twin(run).network(run.task.P.double())
    np.testing.assert_allclose(seen.h, h.detach().numpy(), rtol=1e-12, atol=1e-15)


def test_the_absolute_value_task_adds_the_responses_to_both_signs():
    neurons = {"W1": [[2, -2], [0, 1]], "b": [0.5, 0.5]}
    assert responses(model(**neurons)).h.tolist() == [[2.5, 0], [0.5, 1.5]]
    assert responses(model(**neurons, task="abs")).h.tolist() == [[2.5, 2.5], [1, 1.5]]


def test_a_neuron_of_a_features_negative_side_is_monosemantic_in_the_absolute_value_task():
    neurons = {"W1": [[-2], [0]], "b": [-0.5]}
    assert responses(model(**neurons)).monosemantic.tolist() == [False]
    assert responses(model(**neurons, task="abs")).monosemantic.tolist() == [True]


def test_monosemantic_begins_above_0_999():
    def one_neuron(second: float) -> list[bool]:
        return responses(model(W1=[[1], [second]], b=[0])).monosemantic.tolist()

    assert one_neuron(0.0009) == [True]
    assert one_neuron(0.0011) == [False]


def test_a_neuron_responds_where_any_feature_activates_it():
    assert Responses(np.array([[0.0, -1, 2], [0, -2, -1]])).responding.tolist() == [False, False, True]


def test_a_model_is_counted_by_its_neurons_features_and_biases():
    W1 = [[1, 1, 0, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0]]
    assert summary(model(W1, b=[0, 0, 0, 0, 0])) == {
        "step": 1,
        "mono_neurons": 3,
        "dead_neurons": 1,
        "mono_features": 2,
        "one_mono_features": 1,
        "almost_mono_features": 0,
        "mean_bias": 0,
        "positive_bias_neurons": 0,
        "poly_rank": 0,
        "poly_least_singular": pytest.approx(float("nan"), nan_ok=True),
        "poly_greatest_singular": pytest.approx(float("nan"), nan_ok=True),
        "poly_constant": 0,
    }


def test_a_model_without_a_monosemantic_neuron_has_none_and_no_feature_of_one():
    seen = summary(model(W1=[[1, 0], [1, 0]], b=[0, -1]))
    assert (seen["mono_neurons"], seen["mono_features"]) == (0, 0)


def test_positive_biases_begin_above_0_05():
    seen = summary(model(W1=[[0, 0, 0, 0]], b=[-1, 0.04, 0.06, 2]))
    assert seen["positive_bias_neurons"] == 2
    assert seen["mean_bias"] == pytest.approx(0.275)


def test_kept_models_are_a_row_each_by_the_step_they_were_kept_at():
    mono, poly = model(W1=[[1, 0], [0, 1]], b=[0, 0]), model(W1=[[1, 1], [1, 1]], b=[1, 2])
    measured = of_models({4: poly, 8: mono})
    assert measured["step"].tolist() == [4, 8]
    assert measured["mono_neurons"].tolist() == [0, 2]
    assert measured["mean_bias"].tolist() == [1.5, 0]


def test_neurons_are_listed_with_their_measures():
    listed = of_neurons(model(W1=[[3, 0], [4, 2]], b=[-3, -1], W2=[[0, 1], [3, 4]]))
    assert {name: column.tolist() for name, column in listed.items()} == {
        "neuron": [0, 1],
        "r": pytest.approx([1, 1]),
        "bias": [-3, -1],
        "strongest_feature": [1, 1],
        "onset": [0.75, 0.5],
        "w1_norm": [5, 2],
        "w2_norm": [1, 5],
    }


def test_a_neuron_that_no_feature_activates_is_written_without_a_strongest_feature(tmp_path, tiny_spec):
    of = stages.of_measuring(tiny_spec())
    listed = of_neurons(model(W1=[[1, -1], [0, -2]], b=[0, 0]))
    parquet.write_columns(tmp_path / "neurons.parquet", listed, measured.NEURONS, of)
    written = parquet.read_columns(tmp_path / "neurons.parquet", measured.NEURONS, of, rows=3)
    assert written["strongest_feature"].to_pylist() == [0, None]
    assert written["onset"].to_pylist() == [None, None]
    assert written["r"].to_pylist() == [pytest.approx(1), 0]


def test_features_are_listed_with_their_measures():
    # Feature 0 has neurons that start at 1/4 and at 1/2, feature 1 none of its own; neuron 2 adds 0.1 to each output.
    W1, W2 = [[4, 2, 0, 0], [0, 0, 0, 0.5]], [[0.2, 0], [0.3, 0], [0.2, 0.2], [0, 0.6]]
    listed = of_features(model(W1, b=[-1, -1, 0.5, 0.25], W2=W2))
    assert {name: column.tolist() for name, column in listed.items()} == {
        "feature": [0, 1],
        "frequency": [0.25, 0.25],
        "mono_neurons": [2, 0],
        "largest_r": [pytest.approx(1), pytest.approx(3 / 4)],
        "onset": [0.25, pytest.approx(float("nan"), nan_ok=True)],
        "second_onset": [0.5, pytest.approx(float("nan"), nan_ok=True)],
        "output": [pytest.approx(0.6 + 0.3 + 0.1), pytest.approx(0.1 + 0.45)],
        "poly_intercept": [pytest.approx(0.1), pytest.approx(0.25)],
        "poly_slope": [0, pytest.approx(0.3)],
        "poly_slope_range": [0, pytest.approx(0)],
        "linear_error": [pytest.approx(0), pytest.approx(0)],
    }


def test_a_feature_without_a_monosemantic_neuron_may_have_one_that_almost_is():
    almost = model(W1=[[1, 1], [0.05, 0.5]], b=[0, 0])
    assert summary(almost)["almost_mono_features"] == 1
    assert of_features(almost)["largest_r"].tolist() == [
        pytest.approx(1 / 1.05),
        pytest.approx(float("nan"), nan_ok=True),
    ]


@pytest.mark.parametrize(("W1", "onsets"), [([[2], [0]], [0.5]), ([[-2], [0]], [0.5])])
def test_a_neuron_of_the_absolute_value_task_starts_at_an_amplitude_of_either_sign(W1, onsets):
    assert of_neurons(model(W1, b=[-1], task="abs"))["onset"].tolist() == onsets


@pytest.mark.parametrize(
    "of", [measure.OF_A_MODEL, measure.OF_A_NEURON, measure.OF_A_FEATURE], ids=["a model", "a neuron", "a feature"]
)
def test_every_measure_says_its_unit(of):
    assert [name for name, measured in of.items() if not measured.unit] == []
