"""What a training step costs in each of its two exact forms."""

from monosemanticity.experiment.spec import Form, RunSpec

LOOKUP = 10
"""Operations of a matrix product in the time of one on a looked-up row (fitted to times of both forms)."""


def cheaper_form(spec: RunSpec) -> Form:
    """The cheaper form of those that a run can take."""
    return "gram" if spec.gram_is_possible and _gram(spec) < _dense(spec) else "dense"


def operations(spec: RunSpec) -> float:
    """Floating-point operations of all training steps in the run's form, counted as a matrix product's."""
    return spec.steps * (_gram(spec) if spec.form == "gram" else _dense(spec))


def _dense(spec: RunSpec) -> float:
    """Of a step: x W1, h W2, and the gradients by W2, h and W1."""
    return 2 * spec.batch_size * (2 * spec.d * spec.k + 3 * spec.k * spec.n_outputs)


def _gram(spec: RunSpec) -> float:
    """Of a step: h G and H for the samples, four looked-up rows for each present feature, and P W1, G, H W2 and dW1."""
    samples = 2 * spec.batch_size * 2 * spec.k**2
    lookups = 2 * spec.batch_size * spec.N * spec.epsilon * 4 * spec.k
    once = 2 * spec.N * spec.k * (2 * spec.d + 2 * spec.k)
    return samples + LOOKUP * lookups + once
