"""The rows of final models, which most figures and claims are made from."""

import pandas as pd

from monosemanticity.companions.results import Results


def final_models(results: Results, experiment: str) -> pd.DataFrame:
    """What was measured of an experiment's models at the end of training: a row a run and instance."""
    rows = results.table(experiment)
    return rows[rows["step"] == rows["steps"]]
