"""What a page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monosemanticity.experiment.plan import Plan
from monosemanticity.results.paths import Paths
from monosemanticity.workflow import mend
from monosemanticity.workflow.jobs import Jobs


@dataclass(frozen=True)
class Sources:
    """A plan, where its results lie, and what state they are in."""

    plan: Plan
    paths: Paths
    jobs: Jobs
    overrides: Mapping[str, Any]
    """In place of what config.yaml says."""

    def command(self, *targets: str) -> str:
        """What makes some targets, as it is typed in the project's folder."""
        return mend.making(targets, self.overrides)
