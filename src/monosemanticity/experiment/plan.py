"""From the configuration to the runs: which there are at a scale, and which figure needs which."""

import hashlib
import json
import math
import shlex
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import product
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from monosemanticity.errors import ConfigError
from monosemanticity.experiment import bias_decay, proportions
from monosemanticity.experiment.batch_figures import figures_of_a_batch
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.companions import Experiment, experiments
from monosemanticity.experiment.config import Config, Replacement
from monosemanticity.experiment.figures import Figure, Selection, Setting
from monosemanticity.experiment.names import refuse_unknown
from monosemanticity.experiment.quantities import Real, plain, same
from monosemanticity.experiment.scaling import batch_numbers, spec_at_scale, worked_out
from monosemanticity.experiment.spec import RunSpec

MOST_RUNS = 20_000
"""Of all batches."""
PAPER = "paper"
"""The scale that other scales' numbers are held against, where the configuration has it."""
SCALED = ("N", "d", "k", "epsilon", "learning_rate", "decay", "batch_size", "steps")
"""What a scale may make larger or smaller."""


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
    factors: dict[str, list[float]] = {}
    """Its numbers over those of the same settings at scale paper, where they differ: every ratio that there is."""

    @property
    def settings(self) -> list[Setting]:
        """What is swept, once whatever the seeds; the comparison run is no part of it."""
        return list({tuple(m.setting.items()): m.setting for m in self.members if not m.comparison}.values())

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
    catalogue: dict[str, Figure] = {}
    """The figures of workflow/figures.yaml that can be drawn."""
    left_out: dict[str, str] = {}
    """Those that cannot, and why."""
    warnings: list[str] = []
    """What may surprise in it, in sentences."""
    companions: dict[str, dict[str, Experiment]] = {}
    """The experiments of each companion study, by name."""

    @cached_property
    def runs(self) -> dict[str, RunSpec]:
        """The runs by id; runs of identical numbers are one."""
        return {member.spec.run_id: member.spec for batch in self.batches.values() for member in batch.members}

    @property
    def experiments(self) -> list[Experiment]:
        """Those of both companion studies."""
        return [experiment for of_study in self.companions.values() for experiment in of_study.values()]

    @cached_property
    def companion_runs(self) -> dict[str, CompanionSpec]:
        """The runs of the companion studies by id; experiments share those of identical numbers."""
        return {spec.run_id: spec for experiment in self.experiments for spec in experiment.specs}

    def experiments_of(self, spec: CompanionSpec) -> str:
        """Those that share a run: 'incidental collisions, incidental regularisation'."""
        return ", ".join(f"{each.study} {each.name}" for each in self.experiments if spec in each.specs)

    @cached_property
    def places(self) -> dict[str, dict[str, Member]]:
        """Each run's place in every batch that shares it, by the run's id and the batch's name."""
        found: dict[str, dict[str, Member]] = {run_id: {} for run_id in self.runs}
        for name, batch in self.batches.items():
            for member in batch.members:
                found[member.spec.run_id][name] = member
        return found

    def batches_of(self, run_id: str) -> str:
        """A run's batches with its settings in them: 'LR3 learning_rate=0.007, K1 k=1024'."""
        return ", ".join(f"{name} {member.asked()}".rstrip() for name, member in self.places[run_id].items())

    @property
    def digest(self) -> str:
        """Changes with the runs, their places in batches, and the batches' names."""
        batches = {
            name: [batch.swept, [[member.setting, member.comparison, member.spec.digest] for member in batch.members]]
            for name, batch in self.batches.items()
        }
        return hashlib.sha256(json.dumps(batches).encode()).hexdigest()

    def only(self, batches: Iterable[str], runs: Collection[str] | None = None) -> Self:
        """Some of the batches; of some of the runs alone, where they are given."""
        kept = {}
        for name in batches:
            members = [m for m in self.batches[name].members if runs is None or m.spec.run_id in runs]
            kept[name] = self.batches[name].model_copy(update={"members": members})
        return type(self)(scale=self.scale, note=self.note, batches=kept)

    def threads(self, cores: int | None) -> int:
        """Of each training job: one, as more jobs are faster than more threads (benchmarks/), unless cores remain.

        Where the cores are not known, as on a cluster, it is one too.
        """
        return max(1, (cores or 1) // len(self.runs))

    def figures(self) -> dict[str, Figure]:
        """The catalogue's figures and those of each batch, by name."""
        own = {name: figure for batch in self.batches for name, figure in self.figures_of(batch).items()}
        return self.catalogue | own

    def specs_of(self, figure: Figure) -> list[RunSpec]:
        """The runs that a figure is drawn from."""
        whole = [member for name in figure.whole_batches() for member in self.batches[name].members]
        return [member.spec for member in whole + [self.first_at(chosen) for chosen in figure.selections()]]

    def first_at(self, chosen: Selection) -> Member:
        """The run of the first seed at one setting of a batch."""
        return self.batches[chosen.batch].at(chosen.at)[0]

    def default_figures(self) -> list[str]:
        """The catalogue's figures, and those of batches that none of them shows: a user's own."""
        shown = {batch for figure in self.catalogue.values() for batch in figure.batches()}
        own = [name for name in self.batches if name not in shown]
        return list(self.catalogue) + [name for batch in own for name in self.figures_of(batch)]

    def figures_of(self, batch: str) -> dict[str, Figure]:
        """Trace, bias, heat and, where it sweeps something, sweep of one batch, by name."""
        planned = self.batches[batch]
        return dict(figures_of_a_batch(batch, planned.swept, planned.settings))


def make_plan(config: Config) -> Plan:
    """Expand a configuration at its scale. Raises ConfigError where a number leaves its range, or for too many runs."""
    _refuse_too_many_runs(config)
    left_out = {name: why for name, figure in config.figures.items() if (why := _undrawable(figure, config))}
    batches = {name: _planned(name, config) for name in config.chosen}
    plan = Plan(
        scale=config.scale,
        note=config.scales[config.scale].note,
        batches=batches,
        left_out=left_out,
        warnings=[
            *proportions.warnings(config),
            *bias_decay.warnings(
                {name: [m.spec for m in batch.members] for name, batch in batches.items()}, config.scale
            ),
        ],
        companions=experiments(config),
    )
    catalogue = {
        name: figure.of_runs([spec.model_dump() for spec in plan.specs_of(figure)])
        for name, figure in config.figures.items()
        if name not in left_out
    }
    return plan.model_copy(update={"catalogue": catalogue})


def _refuse_too_many_runs(config: Config) -> None:
    """Raise ConfigError before more runs are made than a workflow can plan."""
    runs = 0
    for name, batch in config.chosen.items():
        numbers = batch_numbers(config, config.scales[config.scale], name)
        lengths = {field: len(numbers[field]) for field in batch.swept}
        seeds = len(config.seeds_of(name))
        runs += seeds * (math.prod(lengths.values()) + bool(batch.comparison))
        if runs > MOST_RUNS:
            sweep = "".join(f"{length} of {field} x " for field, length in lengths.items())
            raise ConfigError(
                f"batches.{name} at scale {config.scale}: with its {sweep}{seeds} seeds there are {runs:,} runs, of at"
                f" most {MOST_RUNS:,}; shorten a list"
            )


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


def _planned(name: str, config: Config) -> PlannedBatch:
    members = _distinct(name, config)
    of_a_seed = [member for member in members if member.spec.seed == members[0].spec.seed and not member.comparison]
    return PlannedBatch(
        swept=config.batches[name].swept,
        members=members,
        factors=_factors(name, config, of_a_seed) if PAPER in config.scales else {},
    )


def _factors(name: str, config: Config, members: list[Member]) -> dict[str, list[float]]:
    """A batch's numbers over those at scale paper, where they differ; none where it has no such runs there."""
    in_table = config.defaults.given() | config.batches[name].given()
    ratios: dict[str, list[float]] = {field: [] for field in SCALED}
    for member in members:
        try:
            theirs = spec_at_scale(in_table | member.setting, config.scales[PAPER], member.spec.seed, name)
        except ConfigError:
            return {}
        for field, of_field in ratios.items():
            if papers := getattr(theirs, field):
                of_field.append(getattr(member.spec, field) / papers)
    return {field: of_field for field, of_field in ratios.items() if not all(same(ratio, 1) for ratio in of_field)}


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
    seen: dict[str, Member] = {}
    members = list(_members(name, config))
    for member in members:
        other = seen.setdefault(member.spec.run_id, member)
        if other is member:
            continue
        if other.setting == member.setting and other.comparison == member.comparison:
            raise ConfigError(f"batches.{name}: {member.asked()} is given twice; leave one out")
        raise ConfigError(
            f"batches.{name} at scale {config.scale}: {_called(other)} and {_called(member)} come to the same run;"
            f" leave one out, or change factors or at_most of scales.{config.scale}"
        )
    return members


def _called(member: Member) -> str:
    return "its comparison" if member.comparison else member.asked() or "its one setting"


def _undrawable(figure: Figure, config: Config) -> str:
    """What of a figure the configuration lacks at its scale; nothing where it can be drawn."""
    for name in figure.batches():
        if name not in config.batches:
            return f"it shows batch {name}, which batches lacks; it has {', '.join(config.batches)}"
        if name not in config.chosen:
            return f"it shows batch {name}, which is not in only: {', '.join(config.only)}"
    for name in figure.whole_batches():
        swept = config.batches[name].swept
        if missing := figure.along() - set(swept):
            return f"batches.{name}: sweeps {', '.join(swept) or 'nothing'}; it is shown by {', '.join(missing)}"
    for chosen in figure.selections():
        where, swept = f"batches.{chosen.batch}", config.batches[chosen.batch].swept
        numbers = batch_numbers(config, config.scales[config.scale], chosen.batch)
        if absent := chosen.at.keys() - numbers.keys():
            return f"{where}: does not give {', '.join(absent)}, by which it is shown"
        in_table = [_setting(each, list(chosen.at), where) for each in _grid(numbers, swept)]
        for field, wanted in chosen.at.items():
            values = list(dict.fromkeys(setting[field] for setting in in_table))
            if not any(same(value, wanted) for value in values):
                return f"{where}.{field}: {values} lacks {plain(wanted)}, which it shows"
            if field not in swept and len(values) > 1:
                return f"{where}.{field}: follows from what is swept: {', '.join(swept)}; show it by that"
    return ""
