"""The paper's claims: what it says, and the function that asks the runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from monosemanticity.claims.quantity import Quantity, Verdict, worst
from monosemanticity.claims.runs import NotMeasurableError, Runs


class Claim(NamedTuple):
    """A claim, in the paper's words and number, and what decides it."""

    name: str
    section: str
    figures: str
    """Those that show it; none for what is said in words alone."""
    says: str
    number: str
    """The paper's."""
    ask: Callable[[Any], list[Quantity]]
    """Of the runs or experiments that it is about."""
    source: str = "the paper"
    unit: str = "seed"
    """What a number of its own is of."""


class Decision(NamedTuple):
    """What the runs say to a claim."""

    claim: Claim
    verdict: Verdict
    quantities: list[Quantity]
    why_not: str = ""
    """What is missing, where it is not measurable."""
    unsettled: str = ""
    """How many of its runs have not converged or are dead, of how many; nothing where none are."""
    asked: frozenset[str] = frozenset()
    """The runs that were asked."""


CLAIMS: dict[str, Claim] = {}


def claim(name: str, section: str, figures: str, says: str, number: str = "") -> Callable:
    """Say which claim a function asks the runs about; claims are kept in the paper's order."""

    def kept(ask: Callable[[Runs], list[Quantity]]) -> Callable[[Runs], list[Quantity]]:
        CLAIMS[name] = Claim(name, section, figures, says, number, ask)
        return ask

    return kept


def decide(asked: Claim, runs: Runs) -> Decision:
    """Ask the paper's runs about a claim, and say how many of those that were asked are not settled."""
    runs = replace(runs, asked={})
    decision = decided(asked, runs)._replace(asked=frozenset(runs.asked))
    if not decision.quantities:
        return decision
    counts = [f"{count} of {len(runs.asked)} runs {what}" for what, count in runs.unsettled().items()]
    return decision._replace(unsettled=", ".join(counts))


def decided(asked: Claim, results: Any) -> Decision:
    """Ask whatever results a claim is about."""
    try:
        quantities = asked.ask(results)
        for quantity in quantities:
            if quantity.of_seeds.isna().any() or quantity.of_seeds.empty:
                raise NotMeasurableError(f"there is no {quantity.name} of these runs, or not of every seed")
    except NotMeasurableError as why:
        return Decision(asked, "not measurable here", [], str(why))
    return Decision(asked, worst(quantities), quantities)
