"""What a training step costs, and which of its two exact forms is the cheaper."""

from typing import Literal

from monosemanticity.spec import RunSpec

Form = Literal["dense", "gram"]
"""dense forms every output; gram, for k well below N, works on products between neurons and never forms them."""

LOOKUP = 10
"""Operations of a matrix product in the time of one on a looked-up row (fitted to times of both forms)."""


def form(spec: RunSpec) -> Form:
    """The cheaper form; gram needs targets as sparse as the features, which the re-projector's Q f is not."""
    if spec.task == "reprojector":
        return "dense"
    return "gram" if _gram(spec) < _dense(spec) else "dense"


def operations(spec: RunSpec) -> float:
    """Floating-point operations of all training steps in the chosen form, counted as a matrix product's."""
    return spec.steps * (_gram(spec) if form(spec) == "gram" else _dense(spec))


def _dense(spec: RunSpec) -> float:
    """Of a step: x W1, h W2, and the gradients by W2, h and W1."""
    return 2 * spec.batch_size * (2 * spec.d * spec.k + 3 * spec.k * spec.n_outputs)


def _gram(spec: RunSpec) -> float:
    """Of a step: h G and H for the samples, four looked-up rows for each present feature, and P W1, G, H W2 and dW1."""
    samples = 2 * spec.batch_size * 2 * spec.k**2
    lookups = 2 * spec.batch_size * spec.N * spec.epsilon * 4 * spec.k
    once = 2 * spec.N * spec.k * (2 * spec.d + 2 * spec.k)
    return samples + LOOKUP * lookups + once
