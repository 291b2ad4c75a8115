"""What the figures' tests share: tidy frames by hand, and the smoke scale's runs, really trained and measured."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monosemanticity.config_file import read_config
from monosemanticity.figures.results import Results
from monosemanticity.layout import Layout
from monosemanticity.measuring import measure_run
from monosemanticity.plan import make_plan
from monosemanticity.spec import RunSpec
from monosemanticity.train import train

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
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Every run of the smoke scale, trained and measured."""
    plan = make_plan(read_config(CONFIG, {"scale": "smoke"}))
    layout = Layout(tmp_path_factory.mktemp("results"), "smoke")
    for spec in plan.runs.values():
        train(spec, layout.run(spec.run_id))
        measure_run(spec, layout.run(spec.run_id))
    return Results(plan, layout)
