"""The best that a linear decoder could do: the floor of what a purely polysemantic model reaches."""

import numpy as np
from jaxtyping import Float

from monosemanticity.experiment.spec import outputs_are_features
from monosemanticity.measures.monosemanticity import Responses
from monosemanticity.model.trained import Model


def error(model: Model, seen: Responses) -> Float[np.ndarray, " N"]:
    """Mean squared error of each feature under the best affine map of x (linear minimum mean square error).

    Features are independent, 0 with probability 1 - p and else uniform in [0, 1]: of mean p / 2 and second moment
    p / 3. The absolute value task's targets are not correlated with its inputs, whose sign is even. NaN where
    the outputs are no features, as the re-projector's.
    """
    if not outputs_are_features(model.task):
        return np.full(len(model.P), np.nan)
    p = model.frequencies
    if model.task == "abs":
        return _variance_of_a_difference(p / 2)
    variance = p / 3 - (p / 2) ** 2
    C = variance[:, None] * model.P
    explained = np.linalg.solve(model.P.T @ C, C.T)
    return variance - np.einsum("nd,dn->n", C, explained)


def _variance_of_a_difference(p: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """Of |f1 - f2|, each present with probability p: of one alone, or of two, whose moments are 1/3 and 1/6."""
    one, both = 2 * p * (1 - p), p**2
    return one / 3 + both / 6 - (one / 2 + both / 3) ** 2
