"""Whether a negative initial mean bias has the time to decay to where neurons respond (section 4.1.2)."""

import math
from collections.abc import Mapping, Sequence

from monosemanticity.experiment.spec import RunSpec

RESPONDS = -0.3
"""About where a bias must be for a ReLU neuron to respond to a feature that it has not learned (ours, from runs)."""


def least_steps(spec: RunSpec) -> float:
    """The steps in which the bias offset decays to where neurons respond: below them a model stays dead.

    It decays by decay * learning_rate a step in the first half of training. 0 where it need not decay, as neurons
    other than ReLU respond anywhere; infinity where it does not.
    """
    if spec.bias_offset >= RESPONDS or spec.activation != "relu":
        return 0
    if spec.decay == 0:
        return math.inf
    return 2 * math.log(spec.bias_offset / RESPONDS) / -math.log1p(-spec.decay * spec.learning_rate)


def stays_dead(spec: RunSpec) -> bool:
    """Whether a run ends before its neurons can respond."""
    return spec.steps < least_steps(spec)


def warnings(batches: Mapping[str, Sequence[RunSpec]], scale: str) -> list[str]:
    """A sentence on all runs, by their batches, whose models would stay dead, if there are any."""
    dead = {name: {spec for spec in specs if stays_dead(spec)} for name, specs in batches.items()}
    if not (short := set().union(*dead.values())):
        return []
    where = ", ".join(name for name, specs in dead.items() if specs)
    runs = len(set().union(*batches.values()))
    return [
        f"{len(short)} of {runs} runs are too short for biases that start far below 0 to rise to {RESPONDS:g}, and"
        f" their neurons never respond ({where}); monosemanticity runs --scale {scale} says which, and what they need"
    ]
