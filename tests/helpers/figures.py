"""The paper's figures, as workflow/figures.yaml has them."""

from functools import cache

from helpers.project import ROOT
from monosemanticity.experiment.config_file import read_config
from monosemanticity.experiment.figures import Figure


@cache
def paper_figures() -> dict[str, Figure]:
    return read_config(ROOT / "config.yaml").figures
