"""The figures that workflow/figures.yaml has: the paper's, and those of what it says in words."""

from functools import cache

from helpers.project import ROOT
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.figures import Figure


@cache
def shipped_figures() -> dict[str, Figure]:
    return read_config(ROOT / "config.yaml").figures


PAPERS = [f"fig{number:02}" for number in range(1, 27)]
SUPPLEMENTS = [f"figS{number}" for number in range(1, 9)]
