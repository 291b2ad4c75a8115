"""How a scale maps the numbers of Table 1 to those of a run."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.config import Config, FixedProduct, Scale
from monosemanticity.experiment.figures import settings_named
from monosemanticity.experiment.operations import cheaper_form
from monosemanticity.experiment.quantities import same
from monosemanticity.experiment.spec import RunSpec

WHOLE = ("N", "d", "k", "steps")


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
    scaled = dict(numbers)
    try:
        for name, factor in scale.factors.items():
            scaled[name] = scaled[name] * factor
        for name, most in scale.at_most.items():
            scaled[name] = min(scaled[name], most)
        for name in WHOLE:
            scaled[name] = max(1, round(scaled[name]))
    except OverflowError:
        raise ConfigError(f"{where}: {name}: {numbers[name]} is too large to scale") from None
    scaled.setdefault("batch_size", _batch_size(scale, scaled["k"]))
    try:
        spec = RunSpec(**scaled, seed=seed)
    except ValidationError as error:
        reasons = "; ".join(
            f"{detail['loc'][0]}: {detail['input']}: {detail['msg']}"
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


def thin(values: list, points: int, named: list) -> list:
    """At most `points` of the values, evenly spread with both ends, and in addition those that figures show."""
    if len(values) <= points:
        return values
    spread = {values[round(place * (len(values) - 1) / (points - 1))] for place in range(points)}
    return [value for value in values if value in spread or any(same(value, wanted) for wanted in named)]


def _batch_size(scale: Scale, k: int) -> int:
    """The scale's rule; a product is shared out over k rounded up to a power of two (Appendix A)."""
    if isinstance(scale.batch_size, FixedProduct):
        return max(1, scale.batch_size.product // 2 ** math.ceil(math.log2(k)))
    return scale.batch_size
