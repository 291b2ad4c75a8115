import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from monosemanticity.experiment import spec as spec_of
from monosemanticity.experiment.spec import OUTPUTS, RunSpec, outputs_are_features

OTHER = {
    "task": "abs",
    "activation": "gelu",
    "distribution": "power-law",
    "N": 25,
    "d": 7,
    "k": 11,
    "epsilon": 0.126,
    "learning_rate": 0.011,
    "decay": 0.1,
    "bias_offset": -0.1,
    "l1": 0.1,
    "bias_penalty": 0.01,
    "density": 0.5,
    "batch_size": 51,
    "steps": 21,
    "precision": "bfloat16",
    "form": "gram",
    "seed": 1,
}


def test_every_field_is_varied_below():
    assert OTHER.keys() == RunSpec.model_fields.keys()


@pytest.mark.parametrize("field", OTHER)
def test_another_number_is_another_run(tiny_spec, field):
    one, other = tiny_spec(), tiny_spec(**{field: OTHER[field]})
    assert one.digest != other.digest
    assert one.run_id != other.run_id


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("bias_offset", 0, 0.0),
        ("bias_offset", 0.0, -0.0),
        ("epsilon", "1/64", 0.015625),
        ("epsilon", 1, 1.0),
        ("steps", "2^5", 32),
        ("l1", "1e-7", 1e-7),
    ],
)
def test_the_same_number_written_otherwise_is_the_same_run(tiny_spec, field, one, other):
    assert tiny_spec(**{field: one}) == tiny_spec(**{field: other})
    assert tiny_spec(**{field: one}).digest == tiny_spec(**{field: other}).digest
    assert tiny_spec(**{field: one}).run_id == tiny_spec(**{field: other}).run_id


def test_numbers_that_look_alike_in_the_name_have_names_of_their_own(tiny_spec):
    one, other = tiny_spec(epsilon=0.1), tiny_spec(epsilon=0.1 + 1e-12)
    assert one.run_id.rsplit("-", 1)[0] == other.run_id.rsplit("-", 1)[0]
    assert one.run_id != other.run_id


def test_a_digest_does_not_change_from_version_to_version(tiny_spec):
    # Results on disk are found again by it. Another digest means that every run is trained again.
    assert tiny_spec().digest.startswith("cc8a5a5181c9")


def test_a_digest_is_of_the_numbers_that_are_not_neutral(tiny_spec):
    neutral = {"l1": 0, "bias_penalty": 0, "density": 1, "precision": "float32", "form": "dense"}
    spec = tiny_spec(**neutral)
    numbers = {field: value for field, value in spec.model_dump().items() if field not in neutral}
    canonical = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
    assert spec.digest == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_new_field_renames_no_run_that_does_not_use_it(tiny_spec):
    class Later(RunSpec):
        momentum: float = 0.9

    numbers = tiny_spec().model_dump()
    assert Later(**numbers).digest == Later(**numbers, momentum=0.9).digest == tiny_spec().digest
    assert Later(**numbers, momentum=0.5).digest != tiny_spec().digest


@given(
    epsilon=some.floats(0, 1, exclude_min=True),
    learning_rate=some.floats(1e-30, 1e30),
    bias_offset=some.floats(-1e30, 1e30),
    l1=some.floats(0, 1e30),
    seed=some.integers(0, 2**63 - 1),
)
def test_a_run_id_is_safe_as_a_file_name_and_in_a_shell(tiny_spec, epsilon, learning_rate, bias_offset, l1, seed):
    spec = tiny_spec(epsilon=epsilon, learning_rate=learning_rate, bias_offset=bias_offset, l1=l1, seed=seed)
    assert re.fullmatch(r"[a-z][A-Za-z0-9._+-]{0,199}", spec.run_id)
    assert RunSpec(**spec.model_dump()).run_id == spec.run_id
    assert RunSpec.model_validate_json(spec.model_dump_json()).run_id == spec.run_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("d", 25),
        ("epsilon", 0),
        ("epsilon", -0.1),
        ("epsilon", 1.1),
        ("k", 0),
        ("k", 1.5),
        ("steps", "2^-1"),
        ("learning_rate", 0),
        ("decay", -1),
        ("decay", 100),  # times learning_rate 0.01 is 1
        ("l1", -1),
        ("bias_offset", float("nan")),
        ("bias_offset", -1e39),
        ("seed", -1),
        ("seed", 2**63),
        ("seed", True),
        ("task", "decode"),
        ("activation", "tanh"),
        ("distribution", "zipf"),
        ("precision", "float64"),
        ("form", "sparse"),
        ("neurons", 5),
    ],
)
def test_a_number_out_of_range_is_refused_by_name(tiny_spec, field, value):
    with pytest.raises(ValidationError, match=field):
        tiny_spec(**{field: value})


@pytest.mark.parametrize(("task", "precision"), [("reprojector", "float32"), ("decoder", "bfloat16"), ("abs", "tf32")])
def test_the_gram_form_of_what_it_cannot_compute_is_refused_by_name(tiny_spec, task, precision):
    spec = tiny_spec(task=task, precision=precision, form="dense")
    assert not spec.gram_is_possible
    message = f"form: gram .*; task: {task} with precision: {precision} needs form: dense"
    with pytest.raises(ValidationError, match=message):
        tiny_spec(task=task, precision=precision, form="gram")


@pytest.mark.parametrize("task", ["decoder", "abs"])
def test_the_gram_form_is_for_sparse_targets_in_float32(tiny_spec, task):
    assert tiny_spec(task=task, form="gram").gram_is_possible


def test_as_many_dimensions_as_features_and_certain_features_are_allowed(tiny_spec):
    assert tiny_spec(d=24, epsilon=1).d == 24


@pytest.mark.parametrize(("task", "n_outputs"), [("decoder", 24), ("reprojector", 6), ("abs", 24)])
def test_outputs_are_features_or_for_the_reprojector_dimensions(tiny_spec, task, n_outputs):
    assert tiny_spec(task=task).n_outputs == n_outputs


def test_every_task_gives_out_a_number_a_feature_or_a_dimension() -> None:
    assert set(OUTPUTS.values()) == {spec_of._one_a_feature, spec_of._one_a_dimension}
    assert [task for task in OUTPUTS if not outputs_are_features(task)] == ["reprojector"]
