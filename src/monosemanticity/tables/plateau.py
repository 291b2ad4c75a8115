"""The plateau of a run's loss: its level at the end, and whether the loss has settled there."""

import math

import numpy as np
import pandas as pd

from monosemanticity.training.schedule import PERIOD

LAST = 1 / 8
"""Of the steps, over which the final loss is taken."""
STANDARD_ERRORS = 2
"""By how many a change of the loss must exceed its own to be none of chance."""


def of_trace(trace: pd.DataFrame, steps: int) -> dict[str, float | bool]:
    """final_loss, the mean over the last eighth of the steps; min_loss, the least recorded; and the last change.

    The learning rate, and the loss with it, swings with a period: loss_change is the mean over the last period minus
    that over the one before, taken at equal phases, and the run has converged where it is within two standard errors
    of none. Of fewer than two periods there is no change, and it counts as not converged.
    """
    level = trace.loc[trace["step"] > steps * (1 - LAST), "loss"].mean()
    change, error = _last_change(trace.set_index("step")["loss"], steps)
    return {
        "final_loss": level,
        "min_loss": trace["loss"].min(),
        "loss_change": change,
        "converged": bool(abs(change) <= STANDARD_ERRORS * error),
    }


def _last_change(loss: pd.Series, steps: int) -> tuple[float, float]:
    """Mean difference between equal phases of the last two periods, and its standard error; NaN for shorter runs."""
    if steps < 2 * PERIOD:
        return math.nan, math.nan
    last = loss[loss.index > steps - PERIOD]
    before = loss.reindex(last.index - PERIOD)
    differences = (last.to_numpy() - before.to_numpy())[before.notna()]
    return float(np.mean(differences)), float(np.std(differences, ddof=1) / math.sqrt(len(differences)))
