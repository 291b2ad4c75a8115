"""How a scale maps the numbers of Table 1 to those of a run."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.config import Config, FixedProduct, Scale
from monosemanticity.experiment.figures import settings_named
from monosemanticity.experiment.operations import cheaper_form
from monosemanticity.experiment.quantities import Formula, same
from monosemanticity.experiment.spec import RunSpec

WHOLE = ("N", "d", "k", "batch_size", "steps")


def batch_numbers(config: Config, scale: Scale, name: str) -> dict[str, Any]:
    """A batch's numbers in the table's terms, lists where it sweeps: defaults, then the batch, then the scale."""
    batch = config.batches[name]
    numbers = config.defaults.given() | batch.given()
    if scale.points:
        named = settings_named(config.figures.values(), name)
        numbers |= {field: thin(numbers[field], scale.points, named.get(field, [])) for field in batch.swept}
    return numbers | (scale.batches[name].given() if name in scale.batches else {})


def spec_at_scale(numbers: Mapping[str, Any], scale: Scale, seed: int, where: str) -> RunSpec:
    """One run's numbers from the table's. Raises ConfigError naming where they came from."""
    scaled = scaled_numbers(numbers, scale, where)
    scaled.setdefault("batch_size", _batch_size(scale, scaled["k"]))
    try:
        spec = RunSpec(**scaled, seed=seed)
    except ValidationError as error:
        reasons = "; ".join(
            f"{detail['loc'][0]}: {detail['input']}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
            if detail["loc"]
            else detail["msg"].removeprefix("Value error, ")
            for detail in error.errors()
        )
        raise ConfigError(f"{where}: {reasons}") from None
    if "form" not in scaled:
        spec = spec.model_copy(update={"form": cheaper_form(spec)})
    if "precision" not in scaled and spec.form == "dense":
        spec = spec.model_copy(update={"precision": scale.precision})
    return spec


def scaled_numbers(numbers: Mapping[str, Any], scale: Scale, where: str) -> dict[str, Any]:
    """The table's numbers times the scale's factors and within its limits; then those that follow from others.

    Raises ConfigError.
    """
    scaled = dict(numbers)
    plain = {name for name, number in numbers.items() if not isinstance(number, Formula)}
    try:
        for name, factor in scale.factors.items():
            if name in plain:
                scaled[name] = scaled[name] * factor
        for name, most in scale.at_most.items():
            if name in plain:
                scaled[name] = min(scaled[name], most)
        for name in plain:
            scaled[name] = _whole(name, scaled[name])
    except OverflowError:
        raise ConfigError(f"{where}: {name}: {numbers[name]} is too large to scale") from None
    return worked_out(scaled, where)


def worked_out(numbers: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Numbers with those that follow from N, d or k in place of their formulas. Raises ConfigError."""
    known = dict(numbers)
    while formulas := {name: number for name, number in known.items() if isinstance(number, Formula)}:
        name, formula = next(
            ((name, each) for name, each in formulas.items() if each.symbol not in formulas), (None, None)
        )
        if name is None:
            circle = ", ".join(f"{name}: {formula}" for name, formula in formulas.items())
            raise ConfigError(f"{where}: {circle}: each waits for another; write one of them as a number")
        try:
            known[name] = _whole(name, formula.value(known))
        except OverflowError:
            raise ConfigError(f"{where}: {name}: {formula} is too large") from None
    return known


def thin(values: list, points: int, named: list) -> list:
    """At most `points` of the values, evenly spread with both ends, and in addition those that figures show."""
    kept = spread(values, points)
    return [value for value in values if value in kept or any(same(value, wanted) for wanted in named)]


def spread(values: list, count: int) -> list:
    """At most so many of some values, evenly from the first to the last."""
    if len(values) <= count:
        return values
    return [values[round(place * (len(values) - 1) / (count - 1))] for place in range(count)]


def _whole(name: str, number: Any) -> Any:
    """The nearest whole number that is at least one, for what is counted; of none or fewer, that, to be refused.

    Raises OverflowError for an infinite one.
    """
    if name not in WHOLE:
        return number
    return max(1, round(number)) if number > 0 else round(number)


def _batch_size(scale: Scale, k: int) -> int:
    """The scale's rule; a product is shared out over k rounded up to a power of two (Appendix A)."""
    if isinstance(scale.batch_size, FixedProduct):
        return max(1, scale.batch_size.product // 2 ** math.ceil(math.log2(k)))
    return scale.batch_size
