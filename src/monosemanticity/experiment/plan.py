"""From the configuration to the runs: which there are at a scale, and which figure needs which."""

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import product
from typing import Any

from pydantic import BaseModel, ConfigDict

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.config import Config, Replacement
from monosemanticity.experiment.figure_catalogue import Figure, Selection, Setting, figures_of_a_batch, paper_figures
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.experiment.proportions import warnings
from monosemanticity.experiment.quantities import Real, plain, same
from monosemanticity.experiment.scaling import batch_numbers, spec_at_scale, thin, worked_out
from monosemanticity.experiment.spec import RunSpec


class Member(BaseModel):
    """A run in its place in a batch."""

    model_config = ConfigDict(frozen=True)

    setting: dict[str, Real | str]
    """The swept values as the table gives them, before scaling; those that follow from others worked out there."""
    comparison: bool
    spec: RunSpec

    def asked(self) -> str:
        """What it was asked for, in the table's terms: 'learning_rate=0.007'."""
        return " ".join(f"{field}={plain(value)}" for field, value in self.setting.items())

    def scaled(self, scale: str) -> list[str]:
        """The numbers that a scale has made others of: 'learning_rate: 0.007 in the table, 0.014 at scale preview'."""
        now = {field: getattr(self.spec, field) for field in self.setting}
        return [
            f"{field}: {plain(value)} in the table, {plain(now[field])} at scale {scale}"
            for field, value in self.setting.items()
            if not same(value, now[field])
        ]


class PlannedBatch(BaseModel):
    """A batch's runs at a scale."""

    model_config = ConfigDict(frozen=True)

    swept: list[str]
    members: list[Member]

    def at(self, setting: Mapping[str, Any]) -> list[Member]:
        """The members at one setting, one a seed. The comparison run is not part of the sweep."""
        return [
            member
            for member in self.members
            if not member.comparison
            and all(same(member.setting.get(name, value), value) for name, value in setting.items())
        ]


class Plan(BaseModel):
    """Every batch and every run of one scale."""

    model_config = ConfigDict(frozen=True)

    scale: str
    note: str
    batches: dict[str, PlannedBatch]
    warnings: list[str] = []
    """What may surprise in it, a sentence a batch."""

    @cached_property
    def runs(self) -> dict[str, RunSpec]:
        """The runs by id; runs of identical numbers are one."""
        return {member.spec.run_id: member.spec for batch in self.batches.values() for member in batch.members}

    @cached_property
    def places(self) -> dict[str, dict[str, Member]]:
        """Each run's place in every batch that shares it, by the run's id and the batch's name."""
        found: dict[str, dict[str, Member]] = {run_id: {} for run_id in self.runs}
        for name, batch in self.batches.items():
            for member in batch.members:
                found[member.spec.run_id][name] = member
        return found

    @property
    def digest(self) -> str:
        """Changes with the runs, their places in batches, and the batches' names."""
        batches = {
            name: [batch.swept, [[member.setting, member.comparison, member.spec.digest] for member in batch.members]]
            for name, batch in self.batches.items()
        }
        return hashlib.sha256(json.dumps(batches).encode()).hexdigest()

    def threads(self, cores: int | None) -> int:
        """Of each training job: one, as jobs side by side outdo a wider one (benchmarks/), unless cores are left over.

        Where the cores are not known, as on a cluster, it is one too.
        """
        return max(1, (cores or 1) // len(self.runs))

    def figures(self) -> dict[str, Figure]:
        """The paper's figures and those of each batch, by name."""
        own = {name: figure for batch in self.batches for name, figure in self.figures_of(batch).items()}
        return dict(paper_figures()) | own

    def specs_of(self, figure: Figure) -> list[RunSpec]:
        """The runs that a figure is drawn from."""
        whole = [member for name in figure.whole_batches() for member in self.batches[name].members]
        return [member.spec for member in whole + [self.first_at(chosen) for chosen in figure.selections()]]

    def batches_with(self, spec: RunSpec) -> list[str]:
        """The batches that share a run."""
        return list(self.places[spec.run_id])

    def first_at(self, chosen: Selection) -> Member:
        """The run of the first seed at one setting of a batch."""
        return self.batches[chosen.batch].at(chosen.at)[0]

    def default_figures(self) -> list[str]:
        """The paper's figures, and those of batches that none of them shows: a user's own."""
        shown = {batch for figure in paper_figures().values() for batch in figure.batches()}
        own = [name for name in self.batches if name not in shown]
        return list(paper_figures()) + [name for batch in own for name in self.figures_of(batch)]

    def figures_of(self, batch: str) -> dict[str, Figure]:
        """Trace, bias, heat and, where it sweeps something, sweep of one batch, by name."""
        planned = self.batches[batch]
        return dict(figures_of_a_batch(batch, planned.swept, _spread(planned, count=3)))


def make_plan(config: Config) -> Plan:
    """Expand a configuration at its scale. Raises ConfigError where a number leaves its range or a figure its batch."""
    _check_figures(config)
    batches = {
        name: PlannedBatch(swept=batch.swept, members=_distinct(name, config)) for name, batch in config.batches.items()
    }
    note = config.scales[config.scale].note
    return Plan(scale=config.scale, note=note, batches=batches, warnings=warnings(config))


def run_of_batch(config: Config, name: str, chosen: Replacement, seed: int | None) -> Member:
    """A run with a batch's numbers, and chosen ones in place of what it sweeps. Raises ConfigError.

    Its setting is what was chosen; its seed is the batch's first where none is given.
    """
    refuse_unknown([name], config.batches)
    scale = config.scales[config.scale]
    numbers = batch_numbers(config, scale, name) | chosen.given()
    for field, value in numbers.items():
        if isinstance(value, list):
            raise ConfigError(
                f"{name} sweeps {field} over {', '.join(map(str, value))}: choose one, --set"
                f" {shlex.quote(f'{field}={value[0]}')}"
            )
    seed = config.seeds_of(name)[0] if seed is None else seed
    where = f"batches.{name} at scale {config.scale}"
    spec = spec_at_scale(numbers, scale, seed, where)
    return Member(setting=_setting(numbers, list(chosen.given()), where), comparison=False, spec=spec)


def _members(name: str, config: Config) -> Iterable[Member]:
    batch, scale, where = config.batches[name], config.scales[config.scale], f"batches.{name} at scale {config.scale}"
    numbers = batch_numbers(config, scale, name)
    grid = _grid(numbers, batch.swept)
    for seed in config.seeds_of(name):
        for chosen in grid:
            spec = spec_at_scale(chosen, scale, seed, where)
            yield Member(setting=_setting(chosen, batch.swept, where), comparison=False, spec=spec)
        if batch.comparison:
            chosen, beside = numbers | batch.comparison.given(), f"{where}, comparison"
            spec = spec_at_scale(chosen, scale, seed, beside)
            yield Member(setting=_setting(chosen, batch.swept, beside), comparison=True, spec=spec)


def _grid(numbers: Mapping[str, Any], swept: list[str]) -> list[dict[str, Any]]:
    """A batch's numbers with one value of everything that it sweeps, in every combination."""
    return [
        dict(numbers) | dict(zip(swept, values, strict=True)) for values in product(*(numbers[each] for each in swept))
    ]


def _setting(numbers: Mapping[str, Any], swept: list[str], where: str) -> Setting:
    """The values of what is swept, in the table's terms."""
    in_table = worked_out(numbers, where)
    return {field: in_table[field] for field in swept}


def _distinct(name: str, config: Config) -> list[Member]:
    """A batch's members, refused where the scale makes two settings one run."""
    settings: dict[str, dict] = {}
    members = list(_members(name, config))
    for member in members:
        other = settings.setdefault(member.spec.run_id, member.setting)
        if other is not member.setting:
            raise ConfigError(
                f"batches.{name} at scale {config.scale}: {member.setting} and {other} come to the same run; leave one"
                f" out, or change factors or at_most of scales.{config.scale}"
            )
    return members


def _check_figures(config: Config) -> None:
    """Every figure's batches and settings exist, at every scale."""
    for figure_name, figure in paper_figures().items():
        for name in figure.batches():
            if name not in config.batches:
                raise ConfigError(
                    f"{figure_name} shows batch {name}, which batches lacks; it has {', '.join(config.batches)}"
                )
        for name in figure.whole_batches():
            swept = config.batches[name].swept
            if missing := figure.along() - set(swept):
                raise ConfigError(
                    f"batches.{name}: sweeps {', '.join(swept) or 'nothing'}; {figure_name} shows it by"
                    f" {', '.join(missing)}: make that a list"
                )
        for chosen in figure.selections():
            for scale_name, scale in config.scales.items():
                where = f"batches.{chosen.batch} at scale {scale_name}"
                grid = _grid(batch_numbers(config, scale, chosen.batch), config.batches[chosen.batch].swept)
                in_table = [_setting(numbers, list(chosen.at), where) for numbers in grid]
                for field, wanted in chosen.at.items():
                    values = list(dict.fromkeys(setting[field] for setting in in_table))
                    if not any(same(value, wanted) for value in values):
                        raise ConfigError(
                            f"batches.{chosen.batch}.{field}: {values} at scale {scale_name} lacks {wanted:g}, which"
                            f" {figure_name} shows; corrected: {field}: {sorted([*values, type(values[0])(wanted)])}"
                        )


def _spread(batch: PlannedBatch, count: int) -> list[Setting]:
    """A few settings from one end of the first sweep to the other."""
    settings = {tuple(member.setting.items()): None for member in batch.members if not member.comparison}
    chosen = thin(list(settings), count, [])
    return [dict(setting) for setting in chosen]
