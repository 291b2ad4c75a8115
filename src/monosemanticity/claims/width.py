"""Section 4.1.4: the number of neurons."""

import numpy as np
import pandas as pd

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, least, log_ratio, most, rising
from monosemanticity.claims.runs import NotMeasurableError, Runs, shared

EQUAL = 0.02
"""Logarithm of a ratio of losses that counts as none (ours: the paper shows differences of this size as none)."""


@claim(
    "width-loss",
    "4.1.4",
    "15",
    "The loss falls with k until k = N, then it saturates",
    "k = 512",
)
def width_loss(runs: Runs) -> list[Quantity]:
    loss = runs.sweep("K1", "k", "final_loss")
    N = runs.number("K1", "N")
    narrow, wide = loss.loc[:, loss.columns <= N], loss.loc[:, loss.columns >= N]
    if min(len(narrow.columns), len(wide.columns)) < 2:
        raise NotMeasurableError("K1 does not have two widths on both sides of k = N")
    return [
        Quantity("rise of the log loss up to N, a step of k", rising(np.log(narrow)), below=0),
        Quantity(
            "fall after N over the fall before it, of the log loss",
            log_ratio(wide.iloc[:, 0], wide.iloc[:, -1]) / log_ratio(narrow.iloc[:, 0], narrow.iloc[:, -1]),
            at_most=0.2,
            ours=True,
        ),
    ]


@claim(
    "width-cross",
    "4.1.4",
    "15",
    "A negative start has an equal loss for few neurons, a slightly higher one near N and a lower one above it",
    "equal for k <= 128, slightly worse for 256 to 512, better above 512",
)
def width_cross(runs: Runs) -> list[Quantity]:
    apart = log_ratio(*shared(runs.sweep("K1", "k", "final_loss"), runs.sweep("K0", "k", "final_loss")))
    N = runs.number("K1", "N")
    k = apart.columns
    few, near, many = (apart.loc[:, which] for which in (k <= N / 4, (k >= N / 2) & (k <= N), k > N))
    if few.empty or near.empty or many.empty:
        raise NotMeasurableError("K0 and K1 lack widths up to N/4, from N/2 to N or above N")
    return [
        Quantity("log of the loss over that from zero bias, k to N/4, least", least(few), at_least=-EQUAL, ours=True),
        Quantity("the same, most", most(few), at_most=EQUAL, ours=True),
        Quantity("the same, k from N/2 to N, least", least(near), above=0),
        Quantity("the same, k above N, most", most(many), below=0),
    ]


@claim(
    "width-mono",
    "4.1.4",
    "17",
    "Monosemantic neurons grow with k, their fraction peaks at k = N, and from zero mean bias there are far fewer",
    "peak at k = 512",
)
def width_mono(runs: Runs) -> list[Quantity]:
    fraction = runs.sweep("K1", "k", "per_neuron")
    negative, zero = shared(*(runs.sweep(batch, "k", "per_feature") for batch in ("K1", "K0")))
    N = runs.number("K1", "N")
    if N not in fraction.columns:
        raise NotMeasurableError("K1 has no model with k = N")
    return [
        Quantity("rise of mono/features, a step of k", rising(runs.sweep("K1", "k", "per_feature")), above=0),
        Quantity("k of the largest fraction over N", fraction.idxmax(axis=1) / N, 1, 1),
        Quantity(
            "zero over negative start, mean of mono/features",
            zero.mean(axis=1) / negative.mean(axis=1),
            at_most=0.5,
            ours=True,
        ),
    ]


@claim(
    "sparse-worse",
    "4.1.4",
    "S3",
    "Layers with fixed random sparse connections have a higher loss than dense ones of as many weights",
)
def sparse_worse(runs: Runs) -> list[Quantity]:
    sparse, density = runs.sweep("S3", "k", "final_loss"), runs.number("S3", "density")
    sparse.columns = pd.Index((sparse.columns * density).round().astype(int), name="k with as many weights")
    sparse, dense = shared(sparse, runs.sweep("K0", "k", "final_loss"))
    return [Quantity("log of the loss over the dense layers', least", least(log_ratio(sparse, dense)), above=0)]


@claim(
    "wider",
    "",
    "S8",
    "Beyond the paper: from k = 2 N to 16 N the loss still falls and more features have a monosemantic neuron",
    "the paper says that the loss saturates at N",
)
def wider(runs: Runs) -> list[Quantity]:
    N = runs.number("K3", "N")
    quantities = []
    for column, bounds in (("final_loss", {"below": 0}), ("mono_features", {"above": 0})):
        table = runs.sweep("K3", "k", column)
        wide = table.loc[:, table.columns >= 2 * N]
        if len(wide.columns) < 2:
            raise NotMeasurableError("K3 has fewer than two widths from 2 N on")
        quantities.append(Quantity(f"rise of {column} from 2 N on, a step of k", rising(wide), **bounds))
    return quantities
