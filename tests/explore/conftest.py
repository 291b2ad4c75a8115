"""A small project whose results are there."""

import shutil
from pathlib import Path

import pytest

from monosemanticity import Results
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.plan import make_plan
from monosemanticity.measures.measuring import measure_run
from monosemanticity.results.paths import Paths
from monosemanticity.tables import tables
from monosemanticity.training.train import train

CONFIG = """
scale: tiny
seeds: [0, 1]
defaults:
  task: decoder
  activation: relu
  distribution: uniform
  N: 24
  d: 6
  k: 10
  epsilon: 1/8
  learning_rate: 0.01
  decay: 0
  bias_offset: 0
  l1: 0
  steps: 16
batches:
  L: {learning_rate: [0.01, 0.03]}
  G: {activation: [relu, gelu], bias_offset: [-1, 0.5], seeds: [0]}
  R: {l1: [1e-3, 1], comparison: {l1: 0, bias_offset: -1}, seeds: [0]}
scales:
  tiny:
    factors: {learning_rate: 2}
    batch_size: 32
"""
FIGURES = """
of_what_is_not_there:
  title: Nothing
  kind: bias
  curves: X
  colour: learning_rate
  caption: Nothing.
"""


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder, with results/tiny. Read only."""
    project = tmp_path_factory.mktemp("project")
    (project / "workflow").mkdir()
    (project / "config.yaml").write_text(CONFIG)
    (project / "workflow/figures.yaml").write_text(FIGURES)
    plan, paths = make_plan(read_config(project / "config.yaml")), Paths(project / "results", "tiny")
    for run_id, spec in plan.runs.items():
        train(spec, paths.run(run_id))
        measure_run(spec, paths.run(run_id))
    tables.write(plan, paths, paths.tables())
    for batch in plan.batches:
        tables.write(plan.only([batch]), paths, paths.tables(batch))
    return project


@pytest.fixture(scope="session")
def results(trained: Path) -> Results:
    return Results(trained / "results/tiny")


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return shutil.copytree(trained, tmp_path / "project")
