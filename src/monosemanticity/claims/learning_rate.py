"""Section 4.1.1: equal losses, and more monosemantic models at higher learning rates."""

import pandas as pd

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, least, most, rising
from monosemanticity.claims.runs import NotMeasurableError, Runs
from monosemanticity.measures.monosemanticity import MONOSEMANTIC
from monosemanticity.tables.plateau import LAST

PLATEAU_SPREAD = 0.95 / 0.85
"""Largest over least loss on the plateau that the paper calls equal (figure 1, second row)."""
ON_THE_PLATEAU = 1.05
"""Times its final value, below which a loss counts as having reached its plateau (ours)."""


@claim(
    "equal-loss",
    "4.1.1",
    "3",
    "From zero mean bias, final losses agree across learning rates while monosemanticity differs",
    "loss 0.85 to 0.95; mono/features from near 0 to about 1",
)
def equal_loss(runs: Runs) -> list[Quantity]:
    loss, mono = (runs.sweep("LR1", "learning_rate", column) for column in ("final_loss", "per_feature"))
    return [
        Quantity("largest over least loss", most(loss) / least(loss), at_most=PLATEAU_SPREAD),
        Quantity("least mono/features", least(mono), at_most=0.2, ours=True),
        Quantity("most mono/features", most(mono), at_least=0.8, ours=True),
    ]


@claim(
    "lr-mono",
    "4.1.1",
    "3, 6",
    "Higher learning rates give more monosemantic neurons and a more negative mean bias",
    "rank order",
)
def learning_rate_raises_mono(runs: Runs) -> list[Quantity]:
    quantities = []
    for batch in ("LR1", "LR2"):
        mono, bias = (runs.sweep(batch, "learning_rate", column) for column in ("per_feature", "mean_bias"))
        quantities += [
            Quantity(f"rise of mono/features, a step of the rate, {batch}", rising(mono), above=0),
            Quantity(f"rise of the mean bias, {batch}", rising(bias), below=0),
        ]
    return quantities


@claim(
    "one-to-one",
    "4.1.1",
    "S2",
    "At the highest learning rate nearly every feature has exactly one monosemantic neuron",
    "503 features with one, 5 with two, 4 with an almost monosemantic neuron, of 512",
)
def one_to_one(runs: Runs) -> list[Quantity]:
    shares = {
        "with one mono neuron": (runs.sweep("LR1", "learning_rate", "one_mono_features"), 0.9),
        "with one, two or an almost mono neuron": (
            runs.sweep("LR1", "learning_rate", "mono_features")
            + runs.sweep("LR1", "learning_rate", "almost_mono_features"),
            0.98,
        ),
    }
    N = runs.number("LR1", "N")
    return [
        Quantity(f"share of the features {which}", counts.iloc[:, -1] / N, at_least=least, ours=True)
        for which, (counts, least) in shares.items()
    ]


@claim(
    "bias-sign",
    "4.1.1",
    "5",
    "Monosemantic neurons have negative biases, the most polysemantic positive ones",
    "all",
)
def bias_sign(runs: Runs) -> list[Quantity]:
    neurons = runs.at_most_of("LR1", "learning_rate", "neurons")
    alive = neurons[neurons["strongest_feature"].notna()]
    mono = alive[alive["r"] > MONOSEMANTIC]
    poly = alive[alive.groupby("seed")["r"].rank(method="first", pct=True) <= 0.05]
    return [
        Quantity("share of mono neurons with b < 0", _share(mono["bias"] < 0, mono, neurons), at_least=0.98, ours=True),
        Quantity(
            "share of the twentieth of lowest r with b > 0",
            _share(poly["bias"] > 0, poly, neurons),
            at_least=0.98,
            ours=True,
        ),
    ]


def _share(which: pd.Series, of: pd.DataFrame, neurons: pd.DataFrame) -> pd.Series:
    """Of each seed. Raises NotMeasurableError where the model of a seed has no such neuron."""
    if set(of["seed"]) != set(neurons["seed"]):
        raise NotMeasurableError("in LR1 a model of the highest learning rate has no such neuron")
    return which.groupby(of["seed"]).mean()


@claim(
    "late-mono",
    "4.1.1",
    "6",
    "With power-law frequencies the monosemantic neurons still grow after the loss has reached its plateau",
)
def late_mono(runs: Runs) -> list[Quantity]:
    top = {table: runs.at_most_of("LR2", "learning_rate", table) for table in ("traces", "measures")}
    growth = {}
    for seed, trace in top["traces"].groupby("seed"):
        final = trace.loc[trace["step"] > trace["steps"] * (1 - LAST), "loss"].mean()
        reached = trace.loc[trace["loss"] <= ON_THE_PLATEAU * final, "step"].min()
        measured = top["measures"][top["measures"]["seed"] == seed].set_index("step")["per_feature"]
        growth[seed] = measured.iloc[-1] - measured[measured.index >= reached].iloc[0]
    return [Quantity("growth of mono/features on the plateau", pd.Series(growth), above=0)]
