"""Section 4.1.5: how frequent the features are."""

import math

import pandas as pd

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, most, rising
from monosemanticity.claims.runs import NotMeasurableError, Runs, shared
from monosemanticity.tables import loss_fall


@claim(
    "eps-peak",
    "4.1.5",
    "18",
    "Monosemantic neurons peak near epsilon = 2^-5, and hardly any are left when N epsilon = 2 d",
    "N epsilon = d / 4",
)
def frequency_peak(runs: Runs) -> list[Quantity]:
    mono = runs.sweep("E1", "epsilon", "per_feature")
    features = _features_a_dimension(runs, mono.columns)
    if features.max() < 2:
        raise NotMeasurableError("E1 has no frequency at which N epsilon is 2 d")
    peak = pd.Series(features[mono.to_numpy().argmax(axis=1)], index=mono.index)
    return [
        Quantity("N epsilon / d at the peak", peak, 1 / 8, 1 / 2, ours=True),
        Quantity("mono/features at N epsilon >= 2 d", most(mono.loc[:, features >= 2]), at_most=0.05, ours=True),
    ]


def _features_a_dimension(runs: Runs, epsilon: pd.Index) -> pd.Index:
    """N epsilon / d of E1's models: features in a sample over embedding dimensions."""
    return epsilon * runs.number("E1", "N") / runs.number("E1", "d")


@claim(
    "slow-decay",
    "4.1.5",
    "18",
    "For rare features a slower bias decay gives more monosemantic neurons",
    "E4 above E1",
)
def slow_decay(runs: Runs) -> list[Quantity]:
    slow, fast = shared(*(runs.sweep(batch, "epsilon", "per_feature") for batch in ("E4", "E1")))
    return [Quantity("mono/features, E4 less E1, rarest features", slow.iloc[:, 0] - fast.iloc[:, 0], above=0)]


@claim(
    "decay-race",
    "4.1.5",
    "19",
    "The rarer the features, the further the mean bias has decayed before the loss falls",
    "rank order",
)
def decay_race(runs: Runs) -> list[Quantity]:
    traces, measures = runs.rows("E3", "traces"), runs.rows("E3", "measures")
    at_fall = {}
    for (seed, epsilon), trace in traces.groupby(["seed", "epsilon"]):
        of_run = measures[(measures["seed"] == seed) & (measures["epsilon"] == epsilon)]
        _, at_fall[seed, epsilon] = loss_fall.of_run(trace, of_run)
        if math.isnan(at_fall[seed, epsilon]):
            raise NotMeasurableError(f"in E3 the loss does not fall at epsilon = {epsilon:.3g}")
    table = pd.Series(at_fall).unstack()
    if len(table.columns) < 2:
        raise NotMeasurableError("E3 has one frequency alone")
    return [Quantity("rise of the mean bias at the fall, a step of epsilon", rising(table), below=0)]


@claim(
    "smooth",
    "4.1.5",
    "20",
    "Between epsilon = 0.0884 and 0.1768, about where N epsilon = d, monosemanticity fades without a jump",
)
def smooth(runs: Runs) -> list[Quantity]:
    mono = runs.sweep("E1", "epsilon", "per_feature")
    features = _features_a_dimension(runs, mono.columns)
    around = mono.loc[:, (features > 0.7) & (features < 1.5)]
    if len(around.columns) < 3:
        raise NotMeasurableError("E1 has fewer than three frequencies about N epsilon = d")
    steps = around.diff(axis=1).iloc[:, 1:].abs()
    whole = mono.max(axis=1) - mono.min(axis=1)
    if (whole == 0).any():
        raise NotMeasurableError("in E1 monosemanticity does not change with epsilon")
    return [
        Quantity("largest step over the whole range", most(steps) / whole, at_most=0.5, ours=True),
        Quantity("mono/features, last less first of these", around.iloc[:, -1] - around.iloc[:, 0], below=0),
    ]
