"""One training run: every number that defines it, and the name and digest that follow from them."""

from collections.abc import Callable
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monosemanticity.experiment import canonical
from monosemanticity.experiment.activations import Activation
from monosemanticity.experiment.frequencies import Distribution
from monosemanticity.experiment.quantities import (
    Count,
    NonNegative,
    NonNegativeFloat32,
    PositiveFloat32,
    RealFloat32,
    Seed,
    Share,
)

Task = Literal["decoder", "reprojector", "abs"]
Precision = Literal["float32", "tf32", "bfloat16"]
Form = Literal["dense", "gram"]
"""dense forms every output; gram, for k well below N, works on products between neurons and never forms them."""

DIGEST_LENGTH = 12


class RunSpec(BaseModel):
    """All numbers of one run, in the paper's symbols (Table 1 and Appendix A)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task = Field(description="what the model is trained to output (section 2.2)", examples=["decoder"])
    activation: Activation = Field(description="the nonlinearity of the k neurons (eq. 5)", examples=["relu"])
    distribution: Distribution = Field(
        description="how frequent the features are: all equally, or proportional to i^-1.1 (section 2.1)",
        examples=["uniform"],
    )
    N: Count = Field(description="number of features", examples=[512])
    d: Count = Field(description="embedding dimension, at most N", examples=[64])
    k: Count = Field(description="number of neurons, the nonlinear dimension", examples=[1024])
    epsilon: Share = Field(description="mean frequency of a feature, in (0, 1]", examples=["1/64"])
    learning_rate: PositiveFloat32 = Field(
        description="largest learning rate; it is cosine-annealed to zero and back every 1024 steps", examples=[0.003]
    )
    decay: NonNegative = Field(
        description="bias decay: b *= 1 - decay * learning_rate after each step of the first half",
        examples=[0.03],
    )
    bias_offset: RealFloat32 = Field(description="added to every initial bias", examples=[-1])
    l1: NonNegativeFloat32 = Field(
        default=0.0, description="strength of the L1 penalty on the activations h", examples=[0]
    )
    bias_penalty: NonNegativeFloat32 = Field(
        default=0.0,
        description="strength of the penalty on (b + 1)^2 summed over the neurons, which pulls biases to -1",
        examples=[0.001],
    )
    density: Share = Field(
        default=1.0,
        description="share of the weights that are there, at random and fixed (Erdos-Renyi); the others stay zero",
        examples=["1/4"],
    )
    batch_size: Count = Field(description="samples in a training step", examples=[8192])
    steps: Count = Field(description="training steps", examples=["2^17"])
    precision: Precision = Field(
        default="float32",
        description="what the operands of matrix products are rounded to; all else is float32",
        examples=["float32"],
    )
    form: Form = Field(
        default="dense",
        description="exact form in which the gradient is computed: over outputs, or over products between neurons",
        examples=["dense"],
    )
    seed: Seed = Field(description="seed of everything random in the run", examples=[0])

    @model_validator(mode="after")
    def _numbers_fit_together(self) -> Self:
        if self.d > self.N:
            raise ValueError(f"d: {self.d} is larger than N: {self.N}; d may be at most N")
        if self.decay * self.learning_rate >= 1:
            raise ValueError(
                f"decay: {self.decay:g} times learning_rate: {self.learning_rate:g} must stay below 1,"
                " or the bias changes sign at every step"
            )
        if self.form == "gram" and not self.gram_is_possible:
            raise ValueError(
                f"form: gram multiplies in float32 and needs targets as sparse as the features; task: {self.task} with"
                f" precision: {self.precision} needs form: dense"
            )
        return self

    @property
    def digest(self) -> str:
        """Of its numbers."""
        return canonical.digest(self)

    @property
    def run_id(self) -> str:
        """A readable name that no other run shares; safe as a file name and in a shell."""
        return (
            f"{self.task}-{self.activation}-{self.distribution}-k{self.k}-eps{self.epsilon:.4g}"
            f"-lr{self.learning_rate:.4g}-decay{self.decay:.4g}-bias{self.bias_offset:.4g}-l1_{self.l1:.4g}"
            f"-seed{self.seed}-{self.digest[:DIGEST_LENGTH]}"
        )

    @property
    def n_outputs(self) -> int:
        """Outputs of the model, of which each task has its own number (section 2.2)."""
        return OUTPUTS[self.task](self)

    @property
    def gram_is_possible(self) -> bool:
        """The Gram form needs targets as sparse as the features, and multiplies in float32 alone."""
        return self.task in SPARSE_TARGETS and self.precision == "float32"

    @property
    def checkpoint_steps(self) -> list[int]:
        """The steps after which the model is kept: powers of two and the last."""
        return sorted({*(2**power for power in range(self.steps.bit_length())), self.steps})


def _one_a_feature(spec: RunSpec) -> int:
    return spec.N


def _one_a_dimension(spec: RunSpec) -> int:
    return spec.d


OUTPUTS: dict[Task, Callable[[RunSpec], int]] = {
    "decoder": _one_a_feature,
    "reprojector": _one_a_dimension,
    "abs": _one_a_feature,
}

SPARSE_TARGETS: frozenset[Task] = frozenset({"decoder", "abs"})
"""Tasks whose targets are one number a feature, and 0 where the feature is."""


def outputs_are_features(task: Task) -> bool:
    """Whether output j is about feature j; the re-projector's outputs are the dimensions of Q f (eq. 2)."""
    return OUTPUTS[task] is _one_a_feature
