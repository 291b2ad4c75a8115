"""The claims of the companion studies, each decided from its experiments."""

from collections.abc import Mapping
from dataclasses import replace

from monosemanticity.claims.claim import Claim, Decision, decided
from monosemanticity.companions.incidental import claims as incidental
from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition import claims as superposition

CLAIMS: dict[str, list[Claim]] = {
    study: [claim._replace(source="the source", unit="instance") for claim in claims]
    for study, claims in {"incidental": incidental.CLAIMS, "superposition": superposition.CLAIMS}.items()
}


def decisions(results: Mapping[str, Results]) -> list[Decision]:
    """What the results of each study say to its claims."""
    return [_decide(claim, results[study]) for study, claims in CLAIMS.items() for claim in claims]


def _decide(claim: Claim, results: Results) -> Decision:
    results = replace(results, asked=set())
    return decided(claim, results)._replace(asked=frozenset(results.asked))


def by_name() -> dict[str, tuple[str, Claim]]:
    """Every claim with its study."""
    return {claim.name: (study, claim) for study, claims in CLAIMS.items() for claim in claims}
