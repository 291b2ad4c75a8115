"""A run of the study of incidental polysemanticity (Lecomte et al. 2023): tied autoencoders of single features."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.quantities import Count, NonNegative, NonNegativeFloat32, PositiveFloat32

Optimiser = Literal["adamw", "sgd", "flow"]
Noise = Literal["none", "bernoulli", "gaussian"]
Nonlinearity = Literal["identity", "relu"]
Start = Literal["random", "apart"]


class IncidentalSpec(CompanionSpec):
    """All numbers of one run: y = ReLU(W W^T x), W of n rows, the features' encodings, and m columns, the neurons."""

    study: Literal["incidental"] = "incidental"
    l1: NonNegativeFloat32 = Field(
        description="lambda, strength of the L1 penalty on the activations", examples=[0.001]
    )
    optimiser: Optimiser = Field(
        description="AdamW or gradient descent on the loss, or Euler steps of the published flow, which has no factors"
        " of 4 and leaves at 0 what crosses it",
        examples=["adamw"],
    )
    learning_rate: PositiveFloat32 = Field(description="step size of the optimiser", examples=[0.001])
    initial_scale: PositiveFloat32 = Field(
        default=1.0, description="standard deviation of the initial weights, in units of 1/sqrt(m)", examples=[0.9]
    )
    start: Start = Field(
        default="random",
        description="random: independent normal weights; apart: besides, each feature has a weight of 1 to a neuron of"
        " its own or, where m < n, of 1 and -1 to neurons in turn",
        examples=["apart"],
    )
    noise: Noise = Field(
        default="none",
        description="added to every activation at every step: plus or minus sigma, or normal",
        examples=["bernoulli"],
    )
    sigma: NonNegativeFloat32 = Field(default=0.0, description="standard deviation of the noise", examples=[0.1])
    co_occurrence: Annotated[NonNegative, Field(le=1)] = Field(
        default=0.0, description="probability q that an input has a second feature", examples=[0.1]
    )
    hidden: Nonlinearity = Field(
        default="identity", description="nonlinearity of the neurons: y = ReLU(W f(W^T x))", examples=["relu"]
    )
    split_after: Count | None = Field(
        default=None,
        description="training step after which every polysemantic neuron is split in two, each scaled by 1/sqrt(2)",
        examples=[7500],
    )
    split_noise: NonNegativeFloat32 = Field(
        default=0.0, description="standard deviation of what is added to the weights of split neurons", examples=[0.02]
    )
    kept: Literal["ends", "powers"] = Field(
        default="ends",
        description="models to keep: of the first and last step, or also of powers of two",
        examples=["powers"],
    )

    @model_validator(mode="after")
    def _numbers_fit_together(self) -> Self:
        if (self.noise == "none") != (self.sigma == 0):
            raise ValueError(
                f"sigma: {self.sigma:g} does not fit noise: {self.noise};"
                " sigma is 0 where noise is none, and above 0 elsewhere"
            )
        if self.co_occurrence > 0 and self.n == 1:
            raise ValueError(f"co_occurrence: {self.co_occurrence:g} needs n of at least 2, of which a second is drawn")
        if self.co_occurrence > 0 and (self.noise != "none" or self.hidden != "identity"):
            raise ValueError(
                f"co_occurrence: {self.co_occurrence:g} needs noise: none and hidden: identity, not"
                f" {self.noise} and {self.hidden}: its loss is exact, over products of rows"
            )
        if self.split_after is None and self.split_noise > 0:
            raise ValueError(f"split_noise: {self.split_noise:g} needs split_after, the step of the split")
        if self.split_after is not None and self.split_after >= self.steps:
            raise ValueError(f"split_after: {self.split_after} must be below steps: {self.steps}")
        if self.split_after is not None and self.m < self.n:
            raise ValueError(f"split_after needs m: {self.m} of at least n: {self.n}, so that unused neurons are left")
        return self

    @property
    def checkpoint_steps(self) -> list[int]:
        """Beside the ends: powers of two where asked for, and the last step before a split."""
        powers = [2**power for power in range(self.steps.bit_length())] if self.kept == "powers" else []
        before_split = [] if self.split_after is None else [self.split_after]
        return sorted({*super().checkpoint_steps, *powers, *before_split})

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """W, and of runs with a split which neuron each neuron was copied from: itself, where it was not."""
        copies = {} if self.split_after is None else {"copied_from": (self.instances, self.m)}
        return {"W": (self.instances, self.n, self.m), **copies}
