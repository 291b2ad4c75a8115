"""A trained model as a PyTorch module, for hooks and gradients."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from monosemanticity.experiment.activations import Activation
from monosemanticity.model import trained

PHI: dict[Activation, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "solu": lambda e: e * torch.softmax(e, dim=-1),
    "unnormalised_solu": lambda e: e * torch.exp(e),
}
"""phi of eq. 5, which training has with its derivative in one (model/nonlinearities.py), and PyTorch derives here."""


class Network(nn.Module):
    """y = phi(f P W1 + b) W2 (eqs. 4 to 6): parameters W1 [d k], b [k], W2 [k outputs]; P [N d] is fixed."""

    def __init__(self, model: trained.Model) -> None:
        super().__init__()
        self.phi = PHI[model.activation]
        self.register_buffer("P", torch.tensor(model.P, dtype=torch.float32))
        for name in ("W1", "b", "W2"):
            self.register_parameter(name, nn.Parameter(torch.tensor(getattr(model, name), dtype=torch.float32)))

    def activations(self, f: Float[Tensor, "*inputs N"]) -> Float[Tensor, "*inputs k"]:
        """Activations h = phi(f P W1 + b) (eqs. 4 and 5)."""
        return self.phi(f @ self.P @ self.W1 + self.b)

    def forward(self, f: Float[Tensor, "*inputs N"]) -> Float[Tensor, "*inputs outputs"]:
        """Outputs y = h W2 (eq. 6)."""
        return self.activations(f) @ self.W2
