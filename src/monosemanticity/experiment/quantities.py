"""Numbers as papers write them: 1/64, 2^17, N/4. Parsed by a grammar, never evaluated."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
FRACTION = re.compile(rf"({DECIMAL})/({DECIMAL})")
POWER = re.compile(rf"({DECIMAL})\^({DECIMAL})")
PLAIN = re.compile(DECIMAL)
LONGEST = 100
"""Characters of a number. Time to see that a text is none grows with their square."""
PATTERN = rf"^{DECIMAL}(?:[/^]{DECIMAL})?$"


def parse_number(value: object) -> object:
    """Turn '1/64', '2^17' or '1e-7' into a number; anything else is left for the type check to refuse."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > LONGEST:
        return value
    try:
        if match := FRACTION.fullmatch(text):
            number = float(match[1]) / float(match[2])
        elif match := POWER.fullmatch(text):
            number = float(match[1]) ** float(match[2])
        elif PLAIN.fullmatch(text):
            number = float(text)
        else:
            return value
    except (ZeroDivisionError, OverflowError):
        return value
    if isinstance(number, complex):  # a fractional power of a negative number
        return value
    return int(number) if number.is_integer() else number


MULTIPLE = re.compile(rf"(?:({DECIMAL})\s*\*?\s*)?([Ndk])(?:\s*/\s*({DECIMAL}))?")
INVERSE = re.compile(rf"({DECIMAL}(?:\^{DECIMAL})?)\s*/\s*([Ndk])")
FORMULA_PATTERN = rf"^(?:{MULTIPLE.pattern}|{INVERSE.pattern})$"
SYMBOL_ALONE = re.compile(r"(?<![A-Za-z])[Ndk](?![A-Za-z])")


@dataclass(frozen=True)
class Formula:
    """A number in terms of one of N, d and k: a multiple of it, or of one over it."""

    text: str
    factor: float
    symbol: str
    power: int

    def value(self, numbers: Mapping[str, Any]) -> float:
        """The number, where N, d and k are known. Raises OverflowError beyond floats."""
        number = self.factor * numbers[self.symbol] ** self.power
        if math.isinf(number):
            raise OverflowError(self.text)
        return number

    def __str__(self) -> str:
        return self.text


def is_formula(given: object) -> bool:
    """Whether a text is meant as one: it names N, d or k by itself."""
    return isinstance(given, str) and bool(SYMBOL_ALONE.search(given))


def parse_formula(given: str) -> Formula:
    """Read N, N/4, 3 N, 3N/4 or 8/N. Raises ValueError for anything else."""
    text = given.strip()
    if len(text) > LONGEST:
        raise ValueError(f"{text[:LONGEST]}[...]: a number of more than {LONGEST} characters")
    try:
        if match := MULTIPLE.fullmatch(text):
            return Formula(text, float(match[1] or 1) / float(match[3] or 1), match[2], 1)
        if match := INVERSE.fullmatch(text):
            return Formula(text, float(parse_number(match[1])), match[2], -1)
    except (ZeroDivisionError, ValueError):  # N/0; 2^99999/N
        pass
    raise ValueError(f"{text}: not a number in terms of one of N, d, k; write it as N/4, 3 N or 8/N")


def same(one: float | str | Formula, other: float | str | Formula) -> bool:
    """Whether two settings are one, however their numbers were written."""
    if isinstance(one, (str, Formula)) or isinstance(other, (str, Formula)):
        return one == other
    return math.isclose(one, other, rel_tol=1e-9)


def plain(value: float | str) -> str:
    """A setting to read, in six digits where it is not whole: 0.014, 131072, relu."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"


def _quantity(schema: dict) -> tuple:
    """The validator and the JSON schema of a number that may also be written as text."""
    return (
        BeforeValidator(parse_number),
        WithJsonSchema({"anyOf": [schema, {"type": "string", "pattern": PATTERN}]}),
    )


LARGEST_COUNT = 2**53
"""Up to here every whole number is exact as a float."""
Count = Annotated[
    int,
    Field(strict=True, ge=1, le=LARGEST_COUNT),
    *_quantity({"type": "integer", "minimum": 1, "maximum": LARGEST_COUNT}),
]
Seed = Annotated[
    int,
    Field(strict=True, ge=0, lt=2**63),
    *_quantity({"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63}),
]
Share = Annotated[
    float,
    Field(strict=True, gt=0, le=1, allow_inf_nan=False),
    *_quantity({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]
Positive = Annotated[
    float,
    Field(strict=True, gt=0, allow_inf_nan=False),
    *_quantity({"type": "number", "exclusiveMinimum": 0}),
]
NonNegative = Annotated[
    float, Field(strict=True, ge=0, allow_inf_nan=False), *_quantity({"type": "number", "minimum": 0})
]
InTermsOfOthers = Annotated[
    Formula, PlainValidator(parse_formula), WithJsonSchema({"type": "string", "pattern": FORMULA_PATTERN})
]
Real = Annotated[
    float,
    Field(strict=True, allow_inf_nan=False),
    *_quantity({"type": "number"}),
    AfterValidator(lambda number: number + 0.0),  # -0.0 is 0.0
]

LARGEST = 3.4e38
"""Of what training multiplies float32 numbers by, or adds to them."""
PositiveFloat32 = Annotated[Positive, Field(le=LARGEST)]
NonNegativeFloat32 = Annotated[NonNegative, Field(le=LARGEST)]
RealFloat32 = Annotated[Real, Field(ge=-LARGEST, le=LARGEST)]
