"""Where the loss of a run falls."""

import math

import numpy as np
import pandas as pd

HALF = 0.5
"""Of the way from its initial to its final value, at which a loss counts as falling (ours)."""


def of_run(trace: pd.DataFrame, measures: pd.DataFrame) -> tuple[float, float]:
    """The step at which a run's loss has half fallen, and its mean bias there; NaN where the loss does not fall."""
    first, last = trace["loss"].iloc[0], trace["loss"].iloc[-1]
    if not last < first:
        return math.nan, math.nan
    step = trace.loc[trace["loss"] <= first + HALF * (last - first), "step"].min()
    return float(step), float(np.interp(np.log(step), np.log(measures["step"]), measures["mean_bias"]))
