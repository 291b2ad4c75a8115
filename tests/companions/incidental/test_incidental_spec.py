import pytest
from companions.incidental.cases import SMALL, spec
from pydantic import ValidationError

from monosemanticity.experiment.incidental import IncidentalSpec

REFUSED = {
    "sigma: 0 does not fit noise: bernoulli": {"noise": "bernoulli"},
    "sigma: 0.1 does not fit noise: none": {"sigma": 0.1},
    "co_occurrence: 0.1 needs n of at least 2": {"co_occurrence": 0.1, "n": 1},
    "needs noise: none and hidden: identity, not gaussian": {"co_occurrence": 0.1, "noise": "gaussian", "sigma": 1},
    "not none and relu": {"co_occurrence": 0.1, "hidden": "relu"},
    "split_noise: 0.1 needs split_after": {"split_noise": 0.1},
    "split_after: 8 must be below steps: 8": {"split_after": 8},
    "split_after needs m: 3 of at least n: 4": {"split_after": 4, "m": 3},
}


@pytest.mark.parametrize(("message", "changed"), REFUSED.items(), ids=REFUSED)
def test_numbers_that_do_not_fit_together_are_refused(message, changed):
    with pytest.raises(ValidationError, match=message):
        spec(**changed)


@pytest.mark.parametrize("changed", [{"co_occurrence": 1.5}, {"optimiser": "adam"}, {"lambda": 1}, {"l1": -1}])
def test_values_out_of_range_and_unknown_names_are_refused(changed):
    with pytest.raises(ValidationError):
        spec(**changed)


def test_numbers_may_be_written_as_in_papers():
    assert spec(steps="2^4", l1="1/8").model_dump() == spec(steps=16, l1=0.125).model_dump()


def test_fields_at_their_neutral_defaults_rename_no_run():
    written = spec(
        start="random", noise="none", sigma=0, co_occurrence=0, hidden="identity", kept="ends", initial_scale=1
    )
    assert written.run_id == spec().run_id
    assert spec(start="apart").run_id != spec().run_id


def test_every_number_has_a_description_and_an_example():
    for name, info in IncidentalSpec.model_fields.items():
        assert name == "study" or (info.description and info.examples), name
        assert name in SMALL or not info.is_required()


def test_models_are_kept_of_the_ends_and_where_they_are_asked_for():
    assert spec().checkpoint_steps == [0, 8]
    assert spec(steps=9, kept="powers").checkpoint_steps == [0, 1, 2, 4, 8, 9]
    assert spec(split_after=5).checkpoint_steps == [0, 5, 8]


def test_shapes_are_those_of_the_kept_tensors():
    assert spec().shapes == {"W": (3, 4, 6)}
    assert spec(split_after=5).shapes == {"W": (3, 4, 6), "copied_from": (3, 6)}
