"""The page on reading a run shows the files as they are."""

import re
from pathlib import Path

import pytest

from monosemanticity.measures.measured import FEATURES, MEASURES, NEURONS
from monosemanticity.measures.measuring import measure_run
from monosemanticity.results.run_record import Record
from monosemanticity.training.loss_trace import TRACE
from monosemanticity.training.train import train

PAGE = (Path(__file__).parents[2] / "docs/results.md").read_text(encoding="utf-8")


def test_its_python_reads_a_run(tiny_spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, run = tiny_spec(steps=64), tmp_path / "my_smoke_run"
    train(spec, run)
    measure_run(spec, run)
    monkeypatch.chdir(tmp_path)
    read = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], read)  # noqa: S102 the page's own
    assert read["h"].shape == (spec.N, spec.k)


@pytest.mark.parametrize(
    "names", [TRACE.names, MEASURES.names, NEURONS.names, FEATURES.names, list(Record.model_fields)]
)
def test_every_column_and_field_is_explained(names: list[str]) -> None:
    explained = {
        name for row in re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert set(names) <= explained
