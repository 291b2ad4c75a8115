"""A run: its numbers, what was recorded and measured of it, and its models."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from monosemanticity.errors import ConfigError
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.explore.choosing import closest
from monosemanticity.explore.model import Model
from monosemanticity.explore.origin import Origin
from monosemanticity.measures.measured import read_features, read_measures, read_neurons
from monosemanticity.model.trained import model_of
from monosemanticity.results.checkpoints import read_checkpoint
from monosemanticity.training.loss_trace import read_trace


@dataclass(frozen=True, repr=False)
class Run:
    """A trained run. docs/results.md explains the columns of its tables and their units.

    What is asked of it raises RefusedError where a file is missing, damaged or of another run.
    """

    spec: RunSpec
    """The numbers that define it, after the scale."""
    origin: Origin

    @cached_property
    def trace(self) -> pd.DataFrame:
        """A row a recorded step: losses and learning rate."""
        with self.origin.mending():
            return read_trace(self.folder, self.spec).to_pandas()

    @cached_property
    def measures(self) -> pd.DataFrame:
        """A row a kept model."""
        with self.origin.mending():
            return read_measures(self.folder, self.spec).to_pandas()

    @cached_property
    def neurons(self) -> pd.DataFrame:
        """A row a neuron of the final model: its r, bias, strongest feature."""
        with self.origin.mending():
            return read_neurons(self.folder, self.spec).to_pandas().astype({"strongest_feature": "Int64"})

    @cached_property
    def features(self) -> pd.DataFrame:
        """A row a feature of the final model."""
        with self.origin.mending():
            return read_features(self.folder, self.spec).to_pandas()

    @property
    def checkpoints(self) -> list[int]:
        """The steps after which the model was kept: powers of two and the last."""
        return self.spec.checkpoint_steps

    def model(self, step: int | None = None) -> Model:
        """The model after a step at which it was kept; the final one where none is given.

        Raises ConfigError where it was not kept, RefusedError as all else does.
        """
        step = self.spec.steps if step is None else step
        if step not in self.checkpoints:
            near, kept = closest(step, self.checkpoints), ", ".join(map(str, self.checkpoints))
            raise ConfigError(f"step {step}: no model was kept; nearest: {near}; kept after {kept}")
        with self.origin.mending():
            return Model._make(model_of(self.spec, read_checkpoint(self.folder, step, self.spec)))

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.origin.paths.run(self.spec.run_id)

    def __repr__(self) -> str:
        return f"Run({self.spec.run_id})"
