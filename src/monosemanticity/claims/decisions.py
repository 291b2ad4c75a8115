"""All of the paper's claims, decided."""

# Claims are registered as their files are imported.
from monosemanticity.claims import (  # noqa: F401
    frequency,
    learning_rate,
    mechanism,
    negative_bias,
    penalty,
    tasks,
    width,
)
from monosemanticity.claims.claim import CLAIMS, Decision, decide
from monosemanticity.claims.runs import Runs


def decisions(runs: Runs) -> list[Decision]:
    """What the runs say to every claim, in the paper's order; what goes beyond the paper comes last."""
    return [decide(claim, runs) for claim in sorted(CLAIMS.values(), key=lambda claim: claim.section or "6")]
