from typing import Literal, get_args, get_origin

import pytest

from monosemanticity.experiment.figures import Derived
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures import wording


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("activation", "gelu", "GeLU"),
        ("epsilon", 1 / 64, "1/64"),
        ("epsilon", 2**-3.5, "0.08839"),
        ("epsilon", 1.0, "1"),
        ("l1", 1e-7, "1e\N{MINUS SIGN}7"),
        ("bias_offset", -1.0, "\N{MINUS SIGN}1"),
        ("learning_rate", 0.003, "0.003"),
        ("steps", 2**20, "1048576"),
    ],
)
def test_values_read_as_in_the_paper(field: str, value: float | str, text: str):
    assert wording.text(field, value) == text


def test_words_are_of_fields_and_values_that_there_are():
    fields = RunSpec.model_fields
    names = [
        name
        for field in fields.values()
        if get_origin(field.annotation) is Literal
        for name in get_args(field.annotation)
    ]
    assert wording.WORDINGS.keys() <= {*fields, *get_args(Derived)}
    assert wording.NAMES.keys() <= set(names)


def test_what_has_no_words_of_its_own_reads_as_in_the_configuration():
    assert wording.label("init_scale") == "init scale"
    assert wording.sentence("init_scale", [0.5, "leaky_relu"]) == "init scale 0.5, leaky relu"
    assert wording.log_base("init_scale") is None


def test_a_difference_names_only_what_no_other_run_has(tiny_spec):
    sweep = [tiny_spec(l1=l1).model_dump() for l1 in (0.1, 0.01)]
    beside = [tiny_spec(l1=0.0, bias_offset=-1.0).model_dump()]
    assert wording.difference(beside, sweep) == "initial mean bias \N{MINUS SIGN}1, L1 strength 0"
