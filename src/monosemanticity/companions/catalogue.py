"""The figures of both companion studies: which a plan can draw, and what their captions say."""

from collections.abc import Sequence
from typing import NamedTuple

from monosemanticity.companions.figure import CompanionFigure
from monosemanticity.companions.incidental import catalogue as incidental
from monosemanticity.companions.superposition import catalogue as superposition
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.companions import Experiment
from monosemanticity.experiment.figures import AnyFigure
from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.quantities import plain

FIGURES: dict[str, dict[str, CompanionFigure]] = {
    "incidental": incidental.FIGURES,
    "superposition": superposition.FIGURES,
}
CATEGORIES = {"incidental": "Incidental polysemanticity", "superposition": "Toy models of superposition"}


class Planned(NamedTuple):
    """A figure with the experiments that it is drawn from."""

    name: str
    study: str
    figure: CompanionFigure
    experiments: list[Experiment]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of its files, as of the paper's figures."""
        return AnyFigure.suffixes

    @property
    def title(self) -> str:
        """Above the caption, and in reports."""
        return self.figure.title

    @property
    def category(self) -> str:
        """Where a report lists it."""
        return CATEGORIES[self.study]

    @property
    def caption(self) -> str:
        """Markdown: what the figure shows, then a line an experiment with its runs' numbers."""
        lines = [f"- {each.name}: {_numbers(each.specs)}." for each in self.experiments]
        return f"**{self.title}.** {self.figure.caption}\n\n" + "\n".join(lines) + "\n"


def figures(plan: Plan) -> dict[str, Planned]:
    """The figures whose experiments the plan has, by name."""
    found = {}
    for study, catalogue in FIGURES.items():
        experiments = plan.companions.get(study, {})
        for name, figure in catalogue.items():
            if set(figure.experiments) <= set(experiments):
                found[name] = Planned(name, study, figure, [experiments[each] for each in figure.experiments])
    return found


def swept(specs: Sequence[CompanionSpec]) -> str:
    """The numbers in which some runs differ: 'm 256 to 4096 (16)'."""
    differing = {field: given for field, given in _values(specs).items() if len(given) > 1}
    return ", ".join(f"{field} {_few(given)}" for field, given in differing.items())


def _numbers(specs: Sequence[CompanionSpec]) -> str:
    """The numbers of some runs, those that are neutral in all left out: 'n 256, m 256 to 4096 (16)'."""
    neutral = {field: [info.default] for field, info in type(specs[0]).model_fields.items()}
    return ", ".join(f"{field} {_few(given)}" for field, given in _values(specs).items() if given != neutral[field])


def _values(specs: Sequence[CompanionSpec]) -> dict[str, list]:
    """Of each field those that there are."""
    runs = [spec.model_dump(exclude={"study"}) for spec in specs]
    return {field: list(dict.fromkeys(run[field] for run in runs)) for field in runs[0]}


def _few(values: list) -> str:
    if len(values) <= 4 or any(isinstance(value, str) for value in values):
        return ", ".join(map(plain, values))
    return f"{plain(min(values))} to {plain(max(values))} ({len(values)})"
