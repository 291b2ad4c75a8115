"""The caption of a figure: what it shows, what its scale cannot show, and the runs it is drawn from."""

import re
from collections.abc import Mapping, Sequence

from monosemanticity.experiment.figures import Figure
from monosemanticity.experiment.plan import Member, Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures import wording

PAPERS = re.compile(r"fig(0[1-9]|1\d|2[0-6])")
"""What the paper's figures are called."""


def caption(name: str, figure: Figure, plan: Plan) -> str:
    """Markdown: what the figure shows and what its scale cannot, then a line a batch with its runs' numbers."""
    number = f"Figure {int(name.removeprefix('fig'))}. " if PAPERS.fullmatch(name) else ""
    said = [figure.caption, _seeds(figure, plan), plan.note, figure.notes.get(plan.scale, "")]
    sentences = " ".join(sentence.strip() for sentence in said if sentence)
    batches = [
        f"- {batch}: {_runs(_shown(figure, batch, plan))}.{_factors(plan.batches[batch].factors)}"
        for batch in figure.batches()
    ]
    return f"**{number}{figure.title}.** {sentences}\n\n" + "\n".join(batches) + "\n"


def _factors(factors: Mapping[str, Sequence[float]]) -> str:
    """What a scale makes of the numbers of a batch: 'Over the paper's: k 1/4, learning rate 2.'"""
    if not factors:
        return ""
    return f" Over the paper's: {', '.join(wording.factor(field, ratios) for field, ratios in factors.items())}."


def _seeds(figure: Figure, plan: Plan) -> str:
    counts = {len({member.spec.seed for member in plan.batches[name].members}) for name in figure.batches()}
    fewest, most = min(counts), max(counts)
    return figure.seeds.format(most if fewest == most else f"{fewest} to {most}") if most > 1 else ""


def _shown(figure: Figure, batch: str, plan: Plan) -> list[Member]:
    if batch in figure.whole_batches():
        return plan.batches[batch].members
    return [plan.first_at(chosen) for chosen in figure.selections() if chosen.batch == batch]


def _runs(members: Sequence[Member]) -> str:
    """The numbers that the runs share; then those that differ, the seeds, and the comparison run.

    A number that is neutral in all of them, as an L1 strength of 0, is left out.
    """
    sweep = [member.spec.model_dump() for member in members if not member.comparison]
    beside = [member.spec.model_dump() for member in members if member.comparison]
    values = {
        field: list(dict.fromkeys(run[field] for run in sweep)) for field in RunSpec.model_fields if field != "seed"
    }
    shared = [
        wording.sentence(field, given)
        for field, given in values.items()
        if len(given) == 1 and given != [RunSpec.model_fields[field].default]
    ]
    differing = [wording.sentence(field, given) for field, given in values.items() if len(given) > 1]
    seeds = wording.seeds(run["seed"] for run in sweep)
    parts = [", ".join(shared), *differing, seeds]
    if beside:
        parts.append(f"comparison run: {wording.difference(beside, sweep)}")
    return "; ".join(parts)
