"""Whole runs of the fast training against plain ones, which draw other samples: what they come to, over seeds."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import whole_runs
from helpers.whole_runs import difference, spec_of

SEEDS = range(4)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("kind", "decay"), [("negative start", 0.3), ("re-projector", 0), ("absolute value", 0.3)])
def test_whole_runs_come_to_what_plain_ones_come_to(kind: str, decay: float, tmp_path: Path) -> None:
    runs = [spec_of(kind, seed=seed, batch_size=256, steps=2**11, decay=decay) for seed in SEEDS]
    fast = pd.DataFrame(whole_runs.fast(spec, tmp_path / str(spec.seed)) for spec in runs)
    plain = pd.DataFrame(whole_runs.plain(spec) for spec in runs)
    assert fast["mono_neurons"].min() > 0
    differences = {name: difference(fast[name], plain[name]) for name in fast}
    assert {name: each for name, each in differences.items() if not each.agrees} == {}
