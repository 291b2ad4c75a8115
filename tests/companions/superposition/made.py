"""Results that are made by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from monosemanticity.claims.runs import NotMeasurableError
from monosemanticity.companions.results import Results
from monosemanticity.companions.superposition.measures import measure
from monosemanticity.experiment.superposition import SuperpositionSpec

Tensors = Mapping[str, np.ndarray]


class Made(Results):
    """Experiments whose models are given, and measured unless a table is given too."""

    def __init__(
        self,
        models: Callable[[SuperpositionSpec], Tensors] | None = None,
        tables: Mapping[str, pd.DataFrame] | None = None,
        **experiments: list[SuperpositionSpec],
    ) -> None:
        object.__setattr__(self, "experiments", experiments)
        object.__setattr__(self, "models", models)
        object.__setattr__(self, "tables", tables or {})

    def specs(self, experiment: str) -> list[SuperpositionSpec]:
        return self.experiments[experiment]

    def table(self, experiment: str) -> pd.DataFrame:
        if experiment in self.tables:
            return self.tables[experiment]
        if experiment not in self.experiments:
            raise NotMeasurableError(f"there is no experiment {experiment}")
        return pd.concat(
            [rows(spec, measure(spec, self.tensors(spec, spec.steps), {})) for spec in self.specs(experiment)],
            ignore_index=True,
        )

    def tensors(self, spec: SuperpositionSpec, step: int) -> Tensors:
        return self.models(spec)


def rows(spec: SuperpositionSpec, columns: Mapping[str, Any]) -> pd.DataFrame:
    """The final models of a run as a table has them."""
    numbers = {"run": spec.run_id} | spec.model_dump()
    return pd.DataFrame(numbers | {"step": spec.steps, "instance": np.arange(spec.instances)} | dict(columns))
