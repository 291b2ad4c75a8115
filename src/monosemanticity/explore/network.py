"""A trained model as a PyTorch module, for hooks and gradients."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from monosemanticity.model import trained
from monosemanticity.model.nonlinearities import NONLINEARITIES


class Network(nn.Module):
    """y = phi(f P W1 + b) W2 (eqs. 4 to 6): parameters W1 [d k], b [k], W2 [k outputs]; P [N d] is fixed."""

    def __init__(self, model: trained.Model) -> None:
        super().__init__()
        self.phi = NONLINEARITIES[model.activation].derivable
        self.register_buffer("P", torch.tensor(model.P, dtype=torch.float32))
        for name in ("W1", "b", "W2"):
            self.register_parameter(name, nn.Parameter(torch.tensor(getattr(model, name), dtype=torch.float32)))

    def activations(self, f: Float[Tensor, "*inputs N"]) -> Float[Tensor, "*inputs k"]:
        """Activations h = phi(f P W1 + b) (eqs. 4 and 5)."""
        return self.phi(f @ self.P @ self.W1 + self.b)

    def forward(self, f: Float[Tensor, "*inputs N"]) -> Float[Tensor, "*inputs outputs"]:
        """Outputs y = h W2 (eq. 6)."""
        return self.activations(f) @ self.W2
