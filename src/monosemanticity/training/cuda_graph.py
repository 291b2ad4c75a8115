"""A model in training on a graphics card, whose step is captured once as a graph of launches and then replayed."""

from collections.abc import Callable

import torch

from monosemanticity.experiment.spec import RunSpec
from monosemanticity.training.devices import Device
from monosemanticity.training.gradient import Losses
from monosemanticity.training.randomness import device_seed
from monosemanticity.training.run import Run
from monosemanticity.training.schedule import cosine_annealed

LAUNCHED_STEPS = 3
"""Steps that are launched one operation at a time, while the libraries set themselves up, before the capture."""


class CudaGraphRun(Run):
    """The same steps, with what changes from one to the next kept on the card: seed, learning rate and bias decay."""

    def __init__(self, spec: RunSpec, device: Device) -> None:
        super().__init__(spec, device)
        self._random = torch.Generator(device.torch)
        self._learning_rate, self._thaw_now, *losses = (torch.zeros((), device=device.torch) for _ in range(4))
        self._losses = Losses(*losses)
        self._launched = 0
        self._replay: Callable[[], None] | None = None

    def advance(self, t: int) -> Losses:
        self.random(t)
        self._learning_rate.fill_(cosine_annealed(self.spec.learning_rate, t))
        self._thaw_now.fill_(self._thaw(t))
        if self._replay:
            self._replay()
            return self._losses
        self._launch()
        self._launched += 1
        if self._launched == LAUNCHED_STEPS and self.device.torch.type == "cuda":
            self._replay = self._capture()
        return self._losses

    def random(self, t: int) -> torch.Generator:
        return self._random.manual_seed(device_seed(self.spec.seed, t))

    def _launch(self) -> None:
        for kept, now in zip(self._losses, self._step(self._random, self._learning_rate, self._thaw_now), strict=True):
            kept.copy_(now)

    def _capture(self) -> Callable[[], None]:
        """Record a step's launches, which does not run them."""
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._random)
        with torch.cuda.graph(graph):
            self._launch()
        return graph.replay
