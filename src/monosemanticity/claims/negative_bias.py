"""Section 4.1.2: a negative initial mean bias, its scale, and the band of positive biases."""

import numpy as np
import pandas as pd

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, least, log_ratio, most
from monosemanticity.claims.runs import NotMeasurableError, Runs, refuse_several, shared

MONOSEMANTIC_MODEL = 0.6
"""Least monosemantic neurons per feature of what the paper calls a highly monosemantic model (section 4.1.2)."""


@claim(
    "neg-bias",
    "4.1.2",
    "1, 7",
    "From a negative mean bias every learning rate gives a highly monosemantic model, at no higher loss",
    "about one mono neuron a feature; loss at or below that from zero mean bias",
)
def negative_bias(runs: Runs) -> list[Quantity]:
    mono = runs.sweep("LR3", "learning_rate", "per_feature")
    negative, zero = shared(*(runs.sweep(batch, "learning_rate", "final_loss") for batch in ("LR3", "LR1")))
    return [
        Quantity("least mono/features", least(mono), at_least=MONOSEMANTIC_MODEL),
        Quantity("log of the loss over that from zero bias, most", most(log_ratio(negative, zero)), at_most=0),
    ]


@claim(
    "bias-scale",
    "4.1.2",
    "8, 9",
    "Initial biases below -sqrt(epsilon) give highly monosemantic models; above it they become far fewer",
    "0.6 to 1 mono neurons a feature; crossing at -sqrt(epsilon)",
)
def bias_scale(runs: Runs) -> list[Quantity]:
    below, above = [], []
    for batch in ("B1", "B2", "B3", "B4", "B5"):
        mono = runs.sweep(batch, "bias_offset", "per_feature")
        deeper = mono.columns < -np.sqrt(runs.number(batch, "epsilon"))
        if deeper.all() or not deeper.any():
            raise NotMeasurableError(f"{batch} has bias offsets on one side of -sqrt(epsilon) alone")
        below.append(mono.loc[:, deeper].mean(axis=1))
        above.append(mono.loc[:, ~deeper].mean(axis=1))
    below, above = pd.concat(below, axis=1, join="inner"), pd.concat(above, axis=1, join="inner")
    return [
        Quantity("mono/features below, least of the frequencies", least(below), at_least=MONOSEMANTIC_MODEL),
        Quantity("mono/features below, most of the frequencies", most(below), at_most=1),
        Quantity("above over below, most of the frequencies", most(above / below), at_most=0.5, ours=True),
    ]


@claim(
    "band",
    "4.1.2",
    "11",
    "The band of positive-bias neurons is d + 1 wide at every learning rate",
    "65 for d = 64",
)
def band(runs: Runs) -> list[Quantity]:
    width = runs.sweep("LR3", "learning_rate", "positive_bias_neurons")
    return [_most(width - runs.number("LR3", "d") - 1)]


@claim(
    "band-d",
    "4.1.2",
    "S1",
    "The band follows the embedding dimension",
    "33, 65, 130 for d = 32, 64, 128",
)
def band_follows_d(runs: Runs) -> list[Quantity]:
    width = runs.sweep("S1", "d", "positive_bias_neurons")
    return [_most(width - width.columns - 1)]


def _most(beside: pd.DataFrame) -> Quantity:
    """The paper's own bands are at most one neuron beside d + 1."""
    return Quantity("neurons more or fewer than d + 1, most", most(beside.abs()), at_most=1)


@claim(
    "gelu-peak",
    "4.1.2",
    "13",
    "With GeLU the monosemantic neurons peak at a mean bias just below the minimum of GeLU",
    "about -1",
)
def gelu_peak(runs: Runs) -> list[Quantity]:
    rows = runs.rows("B3-GeLU")
    offsets = np.unique(rows["bias_offset"])
    if not ((offsets < -1).any() and (offsets > -1).any()):
        raise NotMeasurableError("B3-GeLU has bias offsets on one side of -1 alone")
    below, above = offsets[offsets < -1].max(), offsets[offsets > -1].min()
    refuse_several(rows, ["seed", "learning_rate", "bias_offset"], "B3-GeLU")
    table = rows.pivot_table(index="seed", columns=["learning_rate", "bias_offset"], values="per_feature").dropna()
    by_rate = [table[rate] for rate in table.columns.unique("learning_rate")]
    if table.empty or any((of_rate.nunique(axis=1) == 1).any() for of_rate in by_rate):
        raise NotMeasurableError("in B3-GeLU a learning rate has no peak, or no seed has all runs")
    peaks = pd.concat([of_rate.idxmax(axis=1) for of_rate in by_rate], axis=1)
    return [
        Quantity("least offset of the most mono neurons, of the rates", peaks.min(axis=1), above=below, ours=True),
        Quantity("greatest", peaks.max(axis=1), below=above, ours=True),
    ]


@claim(
    "no-decay",
    "4.1.2",
    "",
    "Biases do not decay in the second half, so that final models are minima of the loss itself",
)
def no_decay(runs: Runs) -> list[Quantity]:
    change, loss = (runs.sweep("LR3", "learning_rate", column) for column in ("loss_change", "final_loss"))
    return [
        Quantity("change of the loss in the last period, most", most((change / loss).abs()), at_most=0.01, ours=True)
    ]


@claim(
    "unused-neurons",
    "4.1.2",
    "S7",
    "From a negative mean bias some neurons are never used, at the highest learning rate alone",
)
def unused_neurons(runs: Runs) -> list[Quantity]:
    dead = runs.sweep("LR3", "learning_rate", "dead_neurons") / runs.number("LR3", "k")
    return [
        Quantity("share of neurons that never respond, highest rate", dead.iloc[:, -1], at_least=0.02, ours=True),
        Quantity("the same at the other rates, most", most(dead.iloc[:, :-1]), at_most=0.02, ours=True),
    ]
