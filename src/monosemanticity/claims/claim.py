"""The paper's claims: what it says, and the function that asks the runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

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
    ask: Callable[[Runs], list[Quantity]]


class Decision(NamedTuple):
    """What the runs say to a claim."""

    claim: Claim
    verdict: Verdict
    quantities: list[Quantity]
    why_not: str = ""
    """What is missing, where it is not measurable."""
    unsettled: str = ""
    """How many of its runs have not converged or are dead, of how many; nothing where none are."""


CLAIMS: dict[str, Claim] = {}


def claim(name: str, section: str, figures: str, says: str, number: str = "") -> Callable:
    """Say which claim a function asks the runs about; claims are kept in the paper's order."""

    def kept(ask: Callable[[Runs], list[Quantity]]) -> Callable[[Runs], list[Quantity]]:
        CLAIMS[name] = Claim(name, section, figures, says, number, ask)
        return ask

    return kept


def decide(asked: Claim, runs: Runs) -> Decision:
    """Ask the runs about a claim."""
    runs = replace(runs, asked=set())
    try:
        quantities = asked.ask(runs)
        for quantity in quantities:
            if quantity.of_seeds.isna().any() or quantity.of_seeds.empty:
                raise NotMeasurableError(f"there is no {quantity.name} of these runs, or not of every seed")
    except NotMeasurableError as why:
        return Decision(asked, "not measurable here", [], str(why))
    counts = [f"{count} of {len(runs.asked)} runs {what}" for what, count in runs.unsettled().items()]
    return Decision(asked, worst(quantities), quantities, unsettled=", ".join(counts))
