"""Numbers as papers write them: 1/64, 2^17, 2^-3.5. Parsed by a grammar, never evaluated."""

import math
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
FRACTION = re.compile(rf"({DECIMAL})/({DECIMAL})")
POWER = re.compile(rf"({DECIMAL})\^({DECIMAL})")
PLAIN = re.compile(DECIMAL)
PATTERN = rf"^{DECIMAL}(?:[/^]{DECIMAL})?$"


def parse_number(value: object) -> object:
    """Turn '1/64', '2^17' or '1e-7' into a number; anything else is left for the type check to refuse."""
    if not isinstance(value, str):
        return value
    text = value.strip()
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


def same(one: float | str, other: float | str) -> bool:
    """Whether two settings are one, however their numbers were written."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return math.isclose(one, other, rel_tol=1e-9)


def _quantity(schema: dict) -> tuple:
    """The validator and the JSON schema of a number that may also be written as text."""
    return (
        BeforeValidator(parse_number),
        WithJsonSchema({"anyOf": [schema, {"type": "string", "pattern": PATTERN}]}),
    )


Count = Annotated[int, Field(strict=True, ge=1), *_quantity({"type": "integer", "minimum": 1})]
Seed = Annotated[
    int,
    Field(strict=True, ge=0, lt=2**63),
    *_quantity({"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63}),
]
Frequency = Annotated[
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
Real = Annotated[
    float,
    Field(strict=True, allow_inf_nan=False),
    *_quantity({"type": "number"}),
    AfterValidator(lambda number: number + 0.0),  # -0.0 is 0.0
]
