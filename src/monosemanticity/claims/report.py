"""Decided claims: as a table, as Markdown, and one explained."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import pandas as pd
import pyarrow as pa

from monosemanticity.claims.claim import Claim, Decision
from monosemanticity.claims.quantity import Quantity, Verdict
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results.parquet import write_table
from monosemanticity.results.whole_files import written_whole


def write(decided: list[Decision], path: Path, of: Stamp) -> str:
    """Write claims as Markdown and as the table of this path, which says that both are whole; returns the first."""
    said, markdown = as_markdown(decided), path.with_suffix(".md")
    with written_whole(markdown) as aside:
        aside.write_text(said, encoding="utf-8")
    write_table(path, pa.Table.from_pandas(table(decided), preserve_index=False), of, beside=[markdown])
    return said


def table(decided: Iterable[Decision]) -> pd.DataFrame:
    """A row a number that a claim asks for; a claim that is not measurable has one row without a number."""
    rows = []
    for decision in decided:
        said = {"claim": decision.claim.name, "section": decision.claim.section, "verdict": decision.verdict}
        for quantity in decision.quantities or [None]:
            rows.append(said | _numbers(quantity) | {"why_not": decision.why_not, "unsettled": decision.unsettled})
    return pd.DataFrame(rows)


def _numbers(quantity: Quantity | None) -> dict[str, object]:
    if quantity is None:
        names = ("quantity", "seeds", "mean", "low", "high", "bounds", "bounds_are_ours")
        return dict.fromkeys(names)
    low, high = quantity.interval
    return {
        "quantity": quantity.name,
        "seeds": len(quantity.of_seeds),
        "mean": quantity.mean,
        "low": low,
        "high": high,
        "bounds": _spelled(quantity.bounds),
        "bounds_are_ours": quantity.ours,
    }


def as_markdown(decided: list[Decision]) -> str:
    """What the claims come to, then a row a claim: the paper's words and number, ours, and the verdict."""
    lines = [
        summary(decided),
        "| claim | section | figure | what it says | its number | here | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for decision in decided:
        claim = decision.claim
        here = "; ".join(spelled(each, claim.unit) for each in decision.quantities) or decision.why_not
        cells = (claim.name, claim.section, claim.figures, claim.says, claim.number, here, _with_unsettled(decision))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def summary(decided: list[Decision]) -> str:
    """How many claims came to each verdict, and which they are."""
    lines = [headline(decided), "", "| verdict | claims, with their figures |", "|---|---|"]
    for verdict, claims in _by_verdict(decided).items():
        names = [f"{claim.name} ({claim.figures})" if claim.figures else claim.name for claim in claims]
        lines.append(f"| {verdict} | {', '.join(names)} |")
    return "\n".join(lines) + "\n"


def headline(decided: list[Decision]) -> str:
    """How many claims came to each verdict, and of how many seeds."""
    counts = ", ".join(f"{len(claims)} {verdict}" for verdict, claims in _by_verdict(decided).items())
    of_units = [len(quantity.of_seeds) for decision in decided for quantity in decision.quantities]
    if not of_units:
        return f"{len(decided)} claims: {counts}."
    numbers = " to ".join(map(str, sorted({min(of_units), max(of_units)})))
    return f"{len(decided)} claims of {numbers} {decided[0].claim.unit}{'s' * (max(of_units) > 1)}: {counts}."


def _by_verdict(decided: list[Decision]) -> dict[Verdict, list[Claim]]:
    """The claims of each verdict that there is."""
    asked = {which: [each.claim for each in decided if each.verdict == which] for which in get_args(Verdict)}
    return {verdict: claims for verdict, claims in asked.items() if claims}


def _with_unsettled(decision: Decision) -> str:
    return f"{decision.verdict} ({decision.unsettled})" if decision.unsettled else decision.verdict


def spelled(quantity: Quantity, unit: str) -> str:
    """A number, its interval over seeds and its bounds: 'mono/features 0.84 [0.8, 0.88] of 5 seeds, at least 0.6'."""
    low, high = quantity.interval
    units = len(quantity.of_seeds)
    interval = f" [{low:.3g}, {high:.3g}] of {units} {unit}s" if units > 1 else ""
    bounds = _spelled(quantity.bounds) + (" (ours)" if quantity.ours else "")
    return f"{quantity.name} {quantity.mean:.3g}{interval}, {bounds}"


def _spelled(bounds: Mapping[str, float]) -> str:
    if len(set(bounds.values())) < len(bounds):
        return f"exactly {next(iter(bounds.values())):.3g}"
    return " and ".join(f"{words} {bound:.3g}" for words, bound in bounds.items())


def explained(decision: Decision) -> str:
    """How a verdict follows: the claim, each number with every seed's value, and its bounds."""
    claim = decision.claim
    places = {"section": claim.section, "figure": claim.figures}
    where = ", ".join(f"{what} {which}" for what, which in places.items() if which)
    lines = [f"{claim.name} ({where}): {claim.says}."]
    lines += [f"{claim.source}: {claim.number}"] if claim.number else []
    lines += [f"not measurable here: {decision.why_not}"] if decision.why_not else []
    for quantity in decision.quantities:
        values = ", ".join(f"{claim.unit} {unit}: {value:.4g}" for unit, value in quantity.of_seeds.items())
        lines += [f"{spelled(quantity, claim.unit)}: {quantity.verdict}", f"  {values}"]
    return "\n".join([*lines, f"verdict: {_with_unsettled(decision)}"])
