"""Sections 4.2 and 4.3: the re-projector and the absolute value."""

from monosemanticity.claims.claim import claim
from monosemanticity.claims.quantity import Quantity, least, most, rising, slopes
from monosemanticity.claims.runs import Runs

ABOUT_ONE = (0.8, 1.2)
"""Monosemantic neurons per feature that count as about one (ours)."""


@claim(
    "reproject",
    "4.2",
    "21",
    "The re-projector has about one monosemantic neuron a feature at every learning rate",
    "about 1",
)
def reproject(runs: Runs) -> list[Quantity]:
    mono = runs.sweep("RP1", "learning_rate", "per_feature")
    return [
        Quantity("least mono/features", least(mono), *ABOUT_ONE, ours=True),
        Quantity("most mono/features", most(mono), *ABOUT_ONE, ours=True),
    ]


@claim(
    "abs-loss",
    "4.3",
    "22",
    "Absolute value: the more monosemantic neurons, the lower the loss; both go with the learning rate",
    "rank order",
)
def absolute_value(runs: Runs) -> list[Quantity]:
    mono, loss = (runs.sweep("LR5", "learning_rate", column) for column in ("per_feature", "final_loss"))
    return [
        Quantity("rise of mono/features, a step of the learning rate", rising(mono), above=0),
        Quantity("slope of the loss over mono/features", slopes(loss, mono), below=0),
    ]


@claim(
    "abs-decay",
    "4.3",
    "23",
    "Absolute value: the slower the bias decay, the more monosemantic neurons and the lower the loss",
    "rank order",
)
def absolute_value_decay(runs: Runs) -> list[Quantity]:
    mono, loss = (runs.sweep("D1", "decay", column) for column in ("per_feature", "final_loss"))
    return [
        Quantity("rise of mono/features, a step of the decay", rising(mono), below=0),
        Quantity("rise of the loss", rising(loss), above=0),
    ]
