"""A run of the study of superposition (Elhage et al. 2022): models with a hidden ReLU, fewer neurons than features."""

from collections.abc import Callable
from typing import Literal, Self

from pydantic import Field, model_validator

from monosemanticity.experiment.companion import CompanionSpec
from monosemanticity.experiment.quantities import LARGEST, Count, PositiveFloat32, Share

Task = Literal["identity", "absolute"]


class SuperpositionSpec(CompanionSpec):
    """All numbers of one run, in the symbols of Toy Models of Superposition."""

    study: Literal["superposition"] = "superposition"
    task: Task = Field(
        description="identity: ReLU(W^T ReLU(W x) + b) of x in [0, 1]; absolute: |x| from ReLU(W2 ReLU(W1 x) + b) of x"
        " in [-1, 1]",
        examples=["absolute"],
    )
    importance: Share = Field(
        description="the base of the importances: feature i, counted from 0, has this to the power of i",
        examples=[0.8],
    )
    active: Share = Field(description="1 - S, the probability that a feature is not 0, in (0, 1]", examples=[0.03])
    batch_size: Count = Field(description="samples of an instance in a training step", examples=[1024])
    learning_rate: PositiveFloat32 = Field(description="step size of AdamW", examples=[0.001])
    initial_sd: PositiveFloat32 = Field(
        description="standard deviation of the initial weights; the published notebook draws all instances as one"
        " tensor, whose rule gives sqrt(2 / ((n + instances) m))",
        examples=[0.0216],
    )

    @model_validator(mode="after")
    def _least_important_feature_counts(self) -> Self:
        if (least := self.importance ** (self.n - 1)) < 1 / LARGEST:
            raise ValueError(
                f"importance: {self.importance:g} to the power of n - 1: {self.n - 1} is {least:g}, which float32"
                " cannot hold; raise importance or lower n"
            )
        return self

    @model_validator(mode="after")
    def _some_features_are_active(self) -> Self:
        if (seen := self.active * self.n * self.batch_size * self.steps) < 1:
            raise ValueError(
                f"active: {self.active:g}: {seen:.2g} features are active in the samples of all steps together, which"
                " must be at least 1; raise active, batch_size or steps"
            )
        return self

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Those of the task's weights and of the output bias b."""
        return {name: (self.instances, *shape) for name, shape in WEIGHTS[self.task](self.n, self.m).items()}


def _tied(n: int, m: int) -> dict[str, tuple[int, ...]]:
    return {"W": (m, n), "b": (n,)}


def _untied(n: int, m: int) -> dict[str, tuple[int, ...]]:
    return {"W1": (m, n), "W2": (n, m), "b": (n,)}


WEIGHTS: dict[Task, Callable[[int, int], dict[str, tuple[int, ...]]]] = {"identity": _tied, "absolute": _untied}
"""The parameters of a model of each task, by symbol."""
