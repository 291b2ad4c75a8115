"""Whether the runs that a figure shows as one, a seed each, have converged."""

import pandas as pd

UNCONVERGED = "loss not converged"
"""In legends, of the marks of others."""


def most_converged(models: pd.DataFrame) -> bool:
    """Whether more than half of some runs have: of one seed the loss drifts by chance now and then."""
    return bool(models.drop_duplicates("run")["converged"].mean() > 1 / 2)
