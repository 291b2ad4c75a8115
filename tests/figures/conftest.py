"""What the figures' tests share: tidy frames by hand, and the results of the smoke workflow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.experiment.spec import RunSpec
from monosemanticity.figures.results import Results
from monosemanticity.results.paths import Paths

CONFIG = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture(scope="session")
def rows(tiny_spec: Callable[..., RunSpec]) -> Callable[..., pd.DataFrame]:
    """Rows of one run: the columns given, beside the run's numbers with some replaced, and its place in a batch."""

    def rows(
        columns: dict[str, list], comparison: bool = False, batch: str = "X", apart: str = "", **instead: Any
    ) -> pd.DataFrame:
        spec = tiny_spec(**instead)
        place = {"run": spec.run_id, "batch": batch, "comparison": comparison, "apart": apart}
        return pd.DataFrame(columns).assign(**place, **spec.model_dump())

    return rows


@pytest.fixture(scope="session")
def smoke_results(smoke: Path) -> Results:
    """Those of the smoke workflow."""
    plan = make_plan(read_config(smoke / "config.yaml", {"scale": "smoke"}))
    return Results(plan, Paths(smoke / "results", "smoke"))
