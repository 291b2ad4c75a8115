"""What the figures and claims of a companion study are made from: the tables, traces and models of its experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from monosemanticity.claims.runs import NotMeasurableError
from monosemanticity.companions import measuring, runs
from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.companions import Experiment
from monosemanticity.experiment.plan import Plan
from monosemanticity.results.paths import Paths
from monosemanticity.results.tensors import Tensors


def of_studies(plan: Plan, paths: Paths) -> dict[str, "Results"]:
    """The experiments of each study that a plan has."""
    return {study: Results(experiments, paths) for study, experiments in plan.companions.items()}


@dataclass(frozen=True)
class Results:
    """The experiments of a study where they lie."""

    experiments: Mapping[str, Experiment]
    paths: Paths
    asked: set[str] = field(default_factory=set)
    """The runs that were asked so far: all of an experiment that was."""

    def specs(self, experiment: str) -> list[CompanionSpec]:
        """The runs of an experiment. Raises NotMeasurableError where the configuration has no such experiment."""
        return self._of(experiment).specs

    def table(self, experiment: str) -> pd.DataFrame:
        """What was measured: a row a run, kept step and instance, with the numbers of the run."""
        return measuring.read(self._of(experiment), self.paths.experiment(self._of(experiment).study, experiment))

    def final(self, experiment: str) -> pd.DataFrame:
        """The rows of the table at the end of training: a row a run and instance."""
        rows = self.table(experiment)
        return rows[rows["step"] == rows["steps"]]

    def trace(self, experiment: str) -> pd.DataFrame:
        """What was recorded: a row a run, recorded step and instance, with the numbers of the run."""
        traces = [
            runs.read_trace(self.paths.companion(spec.run_id), spec)
            .to_pandas()
            .assign(run=spec.run_id, **spec.model_dump())
            for spec in self.specs(experiment)
        ]
        return pd.concat(traces, ignore_index=True)

    def tensors(self, spec: CompanionSpec, step: int) -> Tensors:
        """A run's models at a step that they were kept at; the instance is the first axis."""
        return runs.read_models(self.paths.companion(spec.run_id), step, spec)

    def _of(self, experiment: str) -> Experiment:
        if experiment not in self.experiments:
            raise NotMeasurableError(f"there is no experiment {experiment}")
        self.asked.update(spec.run_id for spec in self.experiments[experiment].specs)
        return self.experiments[experiment]
