"""The paper's training written for reading: dense samples, framework layers, autograd, one tensor at a time.

The fast implementation is held against this one. In float64 it is the answer; in float32, with `dense_draw`, it is the
step that one would write first, and `whole_run` the training.
"""

import torch
from torch import Tensor
from torch.optim.lr_scheduler import CosineAnnealingLR

from monosemanticity.experiment.spec import RunSpec

PHI = {
    "relu": torch.relu,
    "gelu": torch.nn.functional.gelu,  # exact: the error function
    "solu": lambda e: e * torch.softmax(e, dim=1),
    "unnormalised_solu": lambda e: e * torch.exp(e),
}


def frequencies(spec: RunSpec, epsilon: float) -> Tensor:
    """How often each feature is present."""
    if spec.distribution == "uniform":
        return torch.full((spec.N,), epsilon)
    power = torch.arange(1, spec.N + 1).double() ** -1.1
    return (power / power.mean() * epsilon).clamp(max=1).float()


def dense_draw(spec: RunSpec, generator: torch.Generator) -> Tensor:
    """A batch of feature vectors, batch_size x N: a coin and a uniform number for every entry."""

    def features(epsilon: float) -> Tensor:
        probability = frequencies(spec, epsilon).expand(spec.batch_size, spec.N)
        present = torch.bernoulli(probability, generator=generator)
        return present * torch.rand(spec.batch_size, spec.N, generator=generator)

    if spec.task == "abs":
        return features(spec.epsilon / 2) - features(spec.epsilon / 2)
    return features(spec.epsilon)


def projection(spec: RunSpec, generator: torch.Generator) -> Tensor:
    """A unit-norm embedding of every feature, N x d."""
    normal = torch.randn(spec.N, spec.d, generator=generator)
    U = torch.linalg.svd(normal, full_matrices=False).U
    return U / U.norm(dim=1, keepdim=True)


class Network(torch.nn.Module):
    """Equations 4 to 6, with the framework's initial values plus the bias offset."""

    def __init__(self, spec: RunSpec) -> None:
        super().__init__()
        self.phi = PHI[spec.activation]
        self.first = torch.nn.Linear(spec.d, spec.k)
        self.second = torch.nn.Linear(spec.k, spec.n_outputs, bias=False)
        with torch.no_grad():
            self.first.bias += spec.bias_offset

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.phi(self.first(x))
        return self.second(h), h


class Lamb(torch.optim.Optimizer):
    """LAMB as first published: no bias correction, no weight decay."""

    def __init__(self, parameters: list[torch.nn.Parameter], learning_rate: float) -> None:
        super().__init__(parameters, {"lr": learning_rate})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                state, gradient = self.state[weight], weight.grad
                if gradient is None:
                    continue
                if not state:
                    state["m"], state["v"] = torch.zeros_like(weight), torch.zeros_like(weight)
                state["m"] = 0.9 * state["m"] + 0.1 * gradient
                state["v"] = 0.999 * state["v"] + 0.001 * gradient**2
                u = state["m"] / (state["v"].sqrt() + 1e-6)
                ratio = 1.0
                if weight.norm() > 0 and u.norm() > 0:
                    ratio = weight.norm().clamp(max=10) / u.norm()
                weight -= group["lr"] * ratio * u


class Training:
    """A model in training. `steps_taken` starts it in the middle of the schedule."""

    def __init__(
        self,
        spec: RunSpec,
        P: Tensor,
        Q: Tensor | None = None,
        dtype: torch.dtype = torch.float64,
        steps_taken: int = 0,
    ) -> None:
        self.spec = spec
        self.P = P.to(dtype)
        self.Q = None if Q is None else Q.to(dtype)
        self.network = Network(spec).to(dtype)
        self.optimiser = Lamb(list(self.network.parameters()), spec.learning_rate)
        self.schedule = CosineAnnealingLR(self.optimiser, T_max=512, eta_min=0)
        self.t = steps_taken
        self.present = [torch.ones_like(layer.weight) for layer in (self.network.first, self.network.second)]
        for _ in range(steps_taken):  # nothing has a gradient yet: only the schedule moves
            self.optimiser.step()
            self.schedule.step()

    def set_weights(self, W1: Tensor, b: Tensor, W2: Tensor) -> None:
        """Start from given weights, in the shapes d x k, k and k x outputs."""
        with torch.no_grad():
            self.network.first.weight.copy_(W1.T)
            self.network.first.bias.copy_(b)
            self.network.second.weight.copy_(W2.T)
        if self.spec.density < 1:  # a weight that is not there is zero
            self.present = [W1.T != 0, W2.T != 0]

    def weights(self) -> tuple[Tensor, Tensor, Tensor]:
        """W1 (d x k), b (k) and W2 (k x outputs)."""
        first, second = self.network.first, self.network.second
        return first.weight.detach().T, first.bias.detach(), second.weight.detach().T

    def gradients(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of W1, b and W2, after `losses(f)` was differentiated."""
        first, second = self.network.first, self.network.second
        return first.weight.grad.T, first.bias.grad, second.weight.grad.T

    def losses(self, f: Tensor) -> tuple[Tensor, Tensor]:
        """Task loss and L1 penalty of a batch of dense feature vectors."""
        y, h = self.network(f @ self.P)
        if self.spec.task == "decoder":
            target = f
        elif self.spec.task == "reprojector":
            target = f @ self.Q
        else:
            target = f.abs()
        task = ((y - target) ** 2).sum(dim=1).mean()
        return task, self.spec.l1 * h.abs().sum(dim=1).mean()

    def bias_penalty(self) -> Tensor:
        """What pulls biases to -1."""
        return self.spec.bias_penalty * ((self.network.first.bias + 1) ** 2).sum()

    def step(self, f: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step on a batch; the losses are those before it."""
        self.t += 1
        task, l1 = self.losses(f)
        self.optimiser.zero_grad()
        (task + l1 + self.bias_penalty()).backward()
        for weight, present in zip((self.network.first.weight, self.network.second.weight), self.present, strict=True):
            weight.grad *= present
        self.optimiser.step()
        self.schedule.step()
        if self.t <= self.spec.steps / 2:
            with torch.no_grad():
                self.network.first.bias *= 1 - self.spec.decay * self.spec.learning_rate
        return task.detach(), l1.detach()


def whole_run(spec: RunSpec) -> tuple[Training, list[float]]:
    """A run from its seed to its last step, in float32: the trained model, and the task loss before each step."""
    generator = torch.manual_seed(spec.seed)  # the framework's own, of which layers draw their initial weights
    P, Q = projection(spec, generator), projection(spec, generator)
    training = Training(spec, P, Q, dtype=torch.float32)
    losses = [training.step(dense_draw(spec, generator))[0].item() for _ in range(spec.steps)]
    return training, losses
