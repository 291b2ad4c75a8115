"""The claims of the companion studies, each decided from its experiments."""

from monosemanticity.claims.claim import Claim, Decision, decided
from monosemanticity.companions.incidental import claims as incidental
from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition import claims as superposition
from monosemanticity.experiment.plan import Plan
from monosemanticity.results.paths import Paths

CLAIMS: dict[str, list[Claim]] = {"incidental": incidental.CLAIMS, "superposition": superposition.CLAIMS}


def decisions(plan: Plan, paths: Paths) -> list[Decision]:
    """What the experiments say to every claim, study by study."""
    return [
        decided(claim, Results(plan.companions.get(study, {}), paths))
        for study, claims in CLAIMS.items()
        for claim in claims
    ]
