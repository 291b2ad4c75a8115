"""What Snakemake's linter says of the workflow."""

import pytest

from helpers.project import ROOT, run_in


@pytest.mark.slow
def test_the_linter_asks_for_nothing_but_an_environment_a_rule() -> None:
    """All rules run in the one environment, which make sets up from envs/ for the workflow itself too."""
    said = run_in(ROOT, "snakemake", "--lint").stderr
    assert "Lints for rule train" in said
    lints = {line.strip() for line in said.splitlines() if line.startswith("    * ")}
    assert lints == {"* Specify a conda environment or container for each rule.:"}
