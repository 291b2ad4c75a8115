"""The runs of a batch at a setting, chosen by the numbers of Table 1."""

from collections.abc import Iterable, Mapping
from numbers import Real

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.figures import Setting
from monosemanticity.experiment.names import like, refuse_unknown
from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.quantities import parse_number, plain, same
from monosemanticity.experiment.spec import RunSpec


def chosen_run(plan: Plan, batch: str, setting: Mapping[str, object], seed: int | None) -> RunSpec:
    """The run of a batch at one value of everything that it sweeps; the first seed's, where none is given.

    Values are those of Table 1, before the scale; numbers may be written as there: "2^-6". Raises ConfigError for a
    batch, field, value or seed that is not there, and where what is left unsaid has several values.
    """
    refuse_unknown([batch], plan.batches)
    planned = plan.batches[batch]
    where, left = f"{batch} at scale {plan.scale}", planned.settings
    for field, given in setting.items():
        if field not in planned.swept:
            raise ConfigError(f"{field}={given}: {where} sweeps {_listed(planned.swept)}{_near(field, planned.swept)}")
        value, there = parse_number(given), _values(left, field)
        left = [each for each in left if isinstance(value, str | Real) and same(each[field], value)]
        if not left:
            raise ConfigError(f"{field}={given}: {where} has {_listed(map(plain, there))}{_near(value, there)}")
    for field in planned.swept:
        if len(there := _values(left, field)) > 1:
            raise ConfigError(
                f"{where} sweeps {field} over {_listed(map(plain, there))}: choose one, as in {field}={there[0]!r}"
            )
    of_seeds = {member.spec.seed: member.spec for member in planned.at(left[0])}
    if seed is not None and seed not in of_seeds:
        raise ConfigError(f"seed={seed}: {where} has {_listed(map(str, of_seeds))}")
    return next(iter(of_seeds.values())) if seed is None else of_seeds[seed]


def closest(given: float, there: Iterable[float]) -> float:
    """Of some numbers the one that a number is closest to."""
    return min(there, key=lambda each: abs(each - given))


def _values(settings: Iterable[Setting], field: str) -> list[float | str]:
    return list(dict.fromkeys(setting[field] for setting in settings))


def _near(given: object, there: Iterable[float | str]) -> str:
    """The end of a sentence: what is most like what was given, where something is."""
    there = list(there)
    if isinstance(given, Real) and all(isinstance(each, Real) for each in there):
        return f"; nearest: {plain(closest(float(given), there))}"
    return like(given, map(str, there))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
