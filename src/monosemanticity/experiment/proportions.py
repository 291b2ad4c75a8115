"""Where a scale changes d or k beside N in a batch that gives them as plain numbers."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from monosemanticity.experiment.config import Config
from monosemanticity.experiment.quantities import Formula
from monosemanticity.experiment.scaling import batch_numbers, scaled_numbers, worked_out


def warnings(config: Config) -> list[str]:
    """A sentence a batch that gives d, k or N itself and has them in another proportion at the scale.

    What a scale gives such a batch by name is a choice made for it. Where N is swept, no formula keeps the table's d.
    """
    said = []
    for name, batch in config.chosen.items():
        scale = config.scales[config.scale]
        chosen = scale.batches[name].given() if name in scale.batches else {}
        numbers, own = batch_numbers(config, scale, name), batch.given()
        where = f"batches.{name} at scale {config.scale}"
        if isinstance(numbers["N"], list) or "N" in chosen:
            continue
        found = {
            field: list(_changes(field, numbers, config, where))
            for field in ("d", "k")
            if field not in chosen and {field, "N"} & own.keys()
        }
        if any(found.values()):
            changes = "; ".join(changed[0] for changed in found.values() if changed)
            mends = ", ".join(f"{field}: {_kept(field, numbers, where)}" for field, changed in found.items() if changed)
            said.append(f"batches.{name}: {changes}; write {mends} to keep the ratio")
    return said


def _changes(field: str, numbers: Mapping[str, Any], config: Config, where: str) -> Iterator[str]:
    """What is said of each plain value of a field that leaves its proportion to N by more than rounding."""
    for value in _values(numbers[field]):
        if isinstance(value, Formula):
            continue
        one = _one_of_each(numbers) | {field: value}
        in_table, scaled = worked_out(one, where), scaled_numbers(one, config.scales[config.scale], where)
        ratio = Fraction(in_table[field], in_table["N"])
        if abs(scaled[field] - ratio * scaled["N"]) >= 1:
            now = Fraction(scaled[field], scaled["N"])
            yield f"{field} = {value} is {_text(ratio)} in the table and {_text(now)} at scale {config.scale}"


def _kept(field: str, numbers: Mapping[str, Any], where: str) -> str:
    """A field's values as multiples of N, as config.yaml takes them."""
    texts = []
    for value in _values(numbers[field]):
        in_table = worked_out(_one_of_each(numbers) | {field: value}, where)
        texts.append(str(value) if isinstance(value, Formula) else _text(Fraction(in_table[field], in_table["N"])))
    return f"[{', '.join(texts)}]" if isinstance(numbers[field], list) else texts[0]


def _values(number: Any) -> list:
    return number if isinstance(number, list) else [number]


def _one_of_each(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """A batch's numbers with the first value of everything that it sweeps."""
    return {name: _values(number)[0] for name, number in numbers.items()}


def _text(ratio: Fraction) -> str:
    """A multiple of N as config.yaml takes it: N, N/4, 3 N, 3 N/4."""
    times = f"{ratio.numerator} N" if ratio.numerator != 1 else "N"
    return times if ratio.denominator == 1 else f"{times}/{ratio.denominator}"
