"""Sections 4, 4.1.3 and 4.3: penalties in place of a negative start, and SoLU."""

import pandas as pd

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, log_ratio, most
from monosemanticity.claims.runs import NotMeasurableError, Runs


@claim(
    "l1",
    "4.1.3",
    "14",
    "A negative start reaches a lower task loss than the best L1 penalty, and comparable monosemanticity",
)
def l1(runs: Runs) -> list[Quantity]:
    loss, mono = (runs.sweep("RG1", "l1", column) for column in ("final_loss", "per_feature"))
    beside = runs.beside("RG1").set_index("seed")
    best = loss.idxmin(axis=1)
    of_best = pd.Series({seed: mono.loc[seed, strength] for seed, strength in best.items()})
    return [
        Quantity(
            "log of the loss over the best penalty's", log_ratio(beside["final_loss"], loss.min(axis=1)), at_most=0
        ),
        Quantity("mono/features less 0.8 of that penalty's", beside["per_feature"] - 0.8 * of_best, above=0, ours=True),
    ]


@claim(
    "solu",
    "4",
    "S4",
    "SoLU behaves so differently that the protocol gives no monosemantic models",
)
def solu(runs: Runs) -> list[Quantity]:
    rows = runs.rows("S4")
    most = rows.groupby("seed")["per_feature"].max()
    relu = runs.rows("LR3").groupby("seed")["per_feature"].mean()
    if (seeds := most.index.intersection(relu.index)).empty:
        raise NotMeasurableError("S4 and LR3 share no seed")
    return [Quantity("most mono/features over those of ReLU (LR3)", most[seeds] / relu[seeds], at_most=0.2, ours=True)]


@claim(
    "bias-penalty",
    "4.3",
    "S5",
    "A penalty towards negative biases gives more monosemantic models than a zero mean bias without one",
)
def bias_penalty(runs: Runs) -> list[Quantity]:
    mono = runs.sweep("S5", "bias_penalty", "per_feature")
    penalised = most(mono)
    rate = runs.number("S5", "learning_rate")
    zero = runs.at("LR1", "learning_rate", rate).set_index("seed")["per_feature"]
    if (seeds := penalised.index.intersection(zero.index)).empty:
        raise NotMeasurableError("S5 and LR1 share no seed")
    return [Quantity("most mono/features less those of zero bias (LR1)", penalised[seeds] - zero[seeds], above=0)]
