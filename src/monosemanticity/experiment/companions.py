"""The experiments of the companion studies: as config.yaml gives them, and the runs that follow at a scale."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError, create_model

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.fields import Name, Strict, fields_of, required, value_or_sweep
from monosemanticity.experiment.incidental import IncidentalSpec
from monosemanticity.experiment.superposition import SuperpositionSpec

if TYPE_CHECKING:
    from monosemanticity.experiment.config import Config

SPECS: dict[str, type[CompanionSpec]] = {"incidental": IncidentalSpec, "superposition": SuperpositionSpec}
"""The kind of run of each study."""
MOST_RUNS = 1000
"""Of an experiment."""
OF_THE_STUDY = {"study"}
"""What is no field of an experiment."""


def _experiment(study: str, needed: Iterable[str]) -> type[Strict]:
    fields = fields_of(SPECS[study], OF_THE_STUDY, needed, value_or_sweep)
    return create_model(f"{study.title()}Experiment", __base__=Strict, __doc__="Numbers of runs.", **fields)


EXPERIMENTS = {study: _experiment(study, required(spec) - OF_THE_STUDY) for study, spec in SPECS.items()}
"""What an experiment of each study may say: every list is swept over, and several make a grid."""
REPLACEMENTS = {study: _experiment(study, ()) for study in SPECS}
"""What a scale may say of one."""


def _studies(name: str, doc: str, kinds: Mapping[str, type[Strict]], said: str) -> type[Strict]:
    fields = {study: (dict[Name, of], Field(default={}, description=said)) for study, of in kinds.items()}
    return create_model(name, __base__=Strict, __doc__=doc, **fields)


Companions = _studies(
    "Companions", "The companion studies, each an experiment a line.", EXPERIMENTS, "its experiments, by name"
)
ScaledCompanions = _studies(
    "ScaledCompanions",
    "What a scale changes of the companion studies.",
    REPLACEMENTS,
    "values in place of an experiment's own",
)


def unknown_experiments(scaled: ScaledCompanions, companions: Companions) -> Iterator[str]:
    """What is wrong where a scale changes an experiment that there is not."""
    for study, replaced in scaled.given().items():
        known = getattr(companions, study)
        if missing := [name for name in replaced if name not in known]:
            yield (
                f"{study}: {', '.join(missing)}: not in companions.{study}, which has {', '.join(known) or 'none'};"
                " remove what the scale says of them"
            )


class Experiment(BaseModel):
    """The runs of one experiment at a scale."""

    model_config = ConfigDict(frozen=True)

    study: str
    name: str
    specs: list[SerializeAsAny[CompanionSpec]]


def experiments(config: "Config") -> dict[str, dict[str, Experiment]]:
    """The experiments of each study at the configuration's scale, by name: none where it is of some batches alone.

    Raises ConfigError.
    """
    asked = {study: {} if config.only else getattr(config.companions, study) for study in SPECS}
    return {
        study: {name: _planned(study, name, written, config) for name, written in of_study.items()}
        for study, of_study in asked.items()
    }


def _planned(study: str, name: str, written: Strict, config: "Config") -> Experiment:
    replaced = getattr(config.scales[config.scale].companions, study)
    given = written.given() | (replaced[name].given() if name in replaced else {})
    numbers = {field: given[field] for field in SPECS[study].model_fields if field in given}
    where = f"companions.{study}.{name} at scale {config.scale}"
    specs = [_spec(study, chosen, where) for chosen in _grid(numbers, where)]
    return Experiment(study=study, name=name, specs=specs)


def _grid(numbers: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    swept = {field: value if isinstance(value, list) else [value] for field, value in numbers.items()}
    for field, values in swept.items():
        if len(set(values)) < len(values):
            raise ConfigError(f"{where}: {field}: {values} gives a value twice; leave one out")
    if (runs := math.prod(map(len, swept.values()))) > MOST_RUNS:
        raise ConfigError(f"{where}: there are {runs:,} runs, of at most {MOST_RUNS:,}; shorten a list")
    return [dict(zip(swept, values, strict=True)) for values in product(*swept.values())]


def _spec(study: str, numbers: Mapping[str, Any], where: str) -> CompanionSpec:
    try:
        return SPECS[study](**numbers)
    except ValidationError as error:
        said = [[*map(str, each["loc"]), each["msg"].removeprefix("Value error, ")] for each in error.errors()]
        reasons = "; ".join(map(": ".join, said))
        raise ConfigError(f"{where}: {reasons}") from None
