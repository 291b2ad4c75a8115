import math

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from monosemanticity.experiment.quantities import (
    Count,
    NonNegative,
    Positive,
    Real,
    Share,
    is_formula,
    parse_formula,
    parse_number,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1/64", 0.015625),
        ("2^17", 131072),
        ("2^-3.5", 2**-3.5),
        ("1e-7", 1e-7),
        ("-0.5", -0.5),
        (" 3 ", 3),
        (".5", 0.5),
        ("1.5/.5", 3),
        ("1e2^2", 10000),
        ("-2^2", 4),
    ],
)
def test_numbers_are_read_as_papers_write_them(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["2^17", "3", "64/4", "1e3", "2.0"])
def test_whole_numbers_are_whole(text):
    assert isinstance(parse_number(text), int)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "many",
        "1/0",
        "0^-1",
        "2^99999",
        "1e200/1e-200x",
        "-8^0.5",
        "1/2/3",
        "2^3^4",
        "2**3",
        "1+1",
        "1,5",
        "0x10",
        "nan",
        "inf",
        "__import__('os').getcwd()",
        "(1)",
        "1_000",
    ],
)
def test_anything_else_is_left_as_it_is(text):
    assert parse_number(text) is text


@pytest.mark.parametrize("value", [None, True, 3, 0.5, [1], {"a": 1}])
def test_what_is_not_text_is_left_as_it_is(value):
    assert parse_number(value) is value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("N", 32),
        ("N/4", 8),
        ("3 N", 96),
        ("3N", 96),
        (" 2 k ", 128),
        ("0.5 * d", 4),
        ("3 N/4", 24),
        ("8/N", 0.25),
        ("2^10/k", 16),
    ],
)
def test_a_number_may_follow_from_others(text, number):
    assert is_formula(text)
    assert parse_formula(text).value({"N": 32, "d": 8, "k": 64}) == number


@pytest.mark.parametrize("text", ["N/0", "d/N", "N+1", "2 N k", "-N", "N^2", "1/4 N", "2^99999/N", "N()", "N;k"])
def test_what_follows_otherwise_is_refused_with_what_can_be_written(text):
    with pytest.raises(ValueError, match="write it as N/4, 3 N or 8/N"):
        parse_formula(text)


@pytest.mark.parametrize("value", ["many", "1/64", "relu", "Nd", "n/4", 3, None])
def test_what_names_none_of_the_others_is_no_formula(value):
    assert not is_formula(value)


@given(some.text(max_size=20) | some.text("0123456789./^eE+- ", max_size=20))
def test_any_text_is_a_real_number_or_left_as_it_is(text):
    number = parse_number(text)
    assert number is text or (type(number) in (int, float) and not math.isnan(number))


@given(some.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_as_itself(number):
    assert parse_number(repr(number)) == number


@given(some.integers(-1000, 1000), some.integers(1, 1000))
def test_a_fraction_is_a_quotient(numerator, denominator):
    assert parse_number(f"{numerator}/{denominator}") == numerator / denominator


ALLOWED = {
    Count: [1, "1", "2^17", 10**9],
    Share: [1, 1.0, "1/64", 1e-300],
    Positive: [1e-300, "2^-3.5", 7],
    NonNegative: [0, 0.0, "0", 5],
    Real: [-1, 0, "-0.5", 1e300],
}
REFUSED = {
    Count: [0, -1, 1.5, "1/64", 1.0, True, "1e400", None],
    Share: [0, -0.1, 1.0001, "3/2", True, math.nan, [0.5]],
    Positive: [0, -1, math.inf, math.nan, "0", True, "1e999"],
    NonNegative: [-1e-9, math.inf, False, "-1/2"],
    Real: [math.nan, math.inf, -math.inf, "1e999", True, "one", None],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in ALLOWED.items() for value in values])
def test_a_quantity_takes_numbers_in_its_range(kind, value):
    assert TypeAdapter(kind).validate_python(value) == parse_number(value)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REFUSED.items() for value in values])
def test_a_quantity_refuses_everything_else(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)
