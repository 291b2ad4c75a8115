"""What figures are drawn from: the results of the batches they show, each row in its place in the batch."""

from dataclasses import dataclass

import pandas as pd

from monosemanticity.experiment.figures import Selection
from monosemanticity.experiment.plan import Plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures import wording
from monosemanticity.identity import stages
from monosemanticity.model.trained import Model, model_of
from monosemanticity.results import checkpoints
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.tables.bounds import most_rows


@dataclass(frozen=True)
class Results:
    """The runs of a plan where they lie."""

    plan: Plan
    paths: Paths

    def traces(self, batch: str) -> pd.DataFrame:
        """A row a recorded step of every run of a batch; placed as `_in_place` says."""
        return self._in_place(batch, "traces")

    def measures(self, batch: str) -> pd.DataFrame:
        """A row a kept model of every run of a batch; placed as `_in_place` says."""
        return self._in_place(batch, "measures")

    def neurons(self, batch: str) -> pd.DataFrame:
        """A row a neuron of every final model of a batch; placed as `_in_place` says."""
        return self._in_place(batch, "neurons")

    def features(self, batch: str) -> pd.DataFrame:
        """A row a feature of every final model of a batch; placed as `_in_place` says."""
        return self._in_place(batch, "features")

    def models(self, batch: str) -> pd.DataFrame:
        """A row a final model of a batch; placed as `_in_place` says."""
        return self._in_place(batch, "models")

    def final_model(self, chosen: Selection) -> tuple[RunSpec, Model]:
        """The final model of the first seed at one setting of a batch, and its numbers."""
        spec = self.plan.first_at(chosen).spec
        return spec, self.model(spec, spec.steps)

    def model(self, spec: RunSpec, step: int) -> Model:
        """A run's model at a step that it was kept at."""
        return model_of(spec, checkpoints.read_checkpoint(self.paths.run(spec.run_id), step, spec))

    def _in_place(self, batch: str, table: str) -> pd.DataFrame:
        """A batch's table with its batch; `comparison` marks the comparison run, `apart` gives what only it has."""
        folder, planned = self.paths.tables(batch), self.plan.batches[batch]
        of = stages.of_batch_tables(batch, self.plan)
        observed, place = (tables.read(name, folder, of, most_rows(name, planned)) for name in (table, "members"))
        members = planned.members
        beside = [member.spec.model_dump() for member in members if member.comparison]
        sweep = [member.spec.model_dump() for member in members if not member.comparison]
        apart = wording.difference(beside, sweep) if beside else ""
        return place.drop(columns="setting").assign(apart=apart).merge(observed, on="run")
