import pytest
from pydantic import ValidationError


def test_weights_are_tied_for_the_identity_alone(small_spec):
    assert small_spec(task="identity").shapes == {"W": (3, 4, 5), "b": (3, 5)}
    assert small_spec(task="absolute").shapes == {"W1": (3, 4, 5), "W2": (3, 5, 4), "b": (3, 5)}


@pytest.mark.parametrize(
    ("field", "value"),
    [("active", 0), ("active", 1.5), ("importance", 0), ("initial_sd", 0), ("learning_rate", 1e40), ("task", "sum")],
)
def test_a_number_outside_its_range_is_refused_by_name(small_spec, field, value):
    with pytest.raises(ValidationError, match=field):
        small_spec(**{field: value})


def test_importances_beyond_float32_are_refused(small_spec):
    with pytest.raises(ValidationError, match=r"importance: 0.001 to the power of n - 1: 99"):
        small_spec(importance=0.001, n=100)


def test_runs_that_differ_in_a_number_have_names_that_differ(small_spec):
    assert small_spec().run_id == small_spec(seed=1).run_id
    assert len({small_spec().run_id, small_spec(active=0.3).run_id, small_spec(task="identity").run_id}) == 3
