"""A trained model that can be asked: from features to outputs, activations and responses."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from monosemanticity.errors import ConfigError
from monosemanticity.measures import monosemanticity
from monosemanticity.measures.monosemanticity import Responses
from monosemanticity.model import trained

if TYPE_CHECKING:  # who does not ask for a network does not wait for PyTorch
    from torch import nn


class Model(trained.Model):
    """A model at one step of its training: y = phi(f P W1 + b) W2 (eqs. 4 to 6), in double precision.

    Its arrays are P [N d], W1 [d k], b [k] and W2 [k outputs]; functions of `monosemanticity.measures` take it. Asked
    are feature vectors f, one along the last axis of an array. Trained on are sparse ones, feature j being 0 but with
    probability frequencies[j], and then uniform in [0, 1]; of the task abs they are differences f1 - f2 of two such,
    each of half the frequency.
    """

    def __call__(self, f: Float[np.ndarray, "*inputs N"]) -> Float[np.ndarray, "*inputs outputs"]:
        """The outputs y: an estimate of f (decoder), of f Q (reprojector) or of |f1 - f2| (abs).

        Raises ConfigError where the last axis is not N long.
        """
        return self.activations(f) @ self.W2

    def activations(self, f: Float[np.ndarray, "*inputs N"]) -> Float[np.ndarray, "*inputs k"]:
        """Activations h = phi(f P W1 + b) (eqs. 4 and 5). Raises ConfigError where the last axis is not N long."""
        N, k = len(self.P), len(self.b)
        if f.shape[-1:] != (N,):
            raise ConfigError(f"features of shape {f.shape}: the last axis must be N = {N} long")
        return trained.activations(f.reshape(-1, N) @ self.P, self).reshape(*f.shape[:-1], k)

    @cached_property
    def responses(self) -> Responses:
        """To each feature alone at unit strength: h [N k], r [k] (eq. 7), strongest_feature [k]."""
        return monosemanticity.responses(self)

    def torch(self) -> "nn.Module":
        """The same function as a PyTorch module in float32, in which it was trained; imports PyTorch.

        `.double()` of it rounds as this model does.
        """
        from monosemanticity.explore.network import Network

        return Network(self)

    def __repr__(self) -> str:
        (N, d), (k, outputs) = self.P.shape, self.W2.shape
        return f"Model({self.task}, {self.activation}: N={N}, d={d}, k={k}, outputs={outputs})"
