"""What the runs of both companion studies have: models of one setting, trained together as one batched program."""

from pydantic import BaseModel, ConfigDict, Field

from monosemanticity.experiment import canonical
from monosemanticity.experiment.quantities import Count, Seed

DIGEST_LENGTH = 12


class CompanionSpec(BaseModel):
    """The numbers of a run of a companion study; a study adds its own, in the symbols of its paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str
    n: Count = Field(description="number of features", examples=[256])
    m: Count = Field(description="number of hidden neurons", examples=[1024])
    instances: Count = Field(description="models of this setting, trained together", examples=[16])
    steps: Count = Field(description="training steps", examples=[7500])
    seed: Seed = Field(default=0, description="seed of everything random in the run", examples=[0])

    @property
    def digest(self) -> str:
        """Of its numbers."""
        return canonical.digest(self)

    @property
    def run_id(self) -> str:
        """A readable name that no other run shares; safe as a file name and in a shell."""
        return f"{self.study}-n{self.n}-m{self.m}-{self.digest[:DIGEST_LENGTH]}"

    @property
    def recorded_steps(self) -> list[int]:
        """The steps after which the trace has a row an instance: powers of two, some 512 evenly from 0, the last."""
        evenly = range(0, self.steps, max(1, self.steps // 512))
        return sorted({0, *evenly, *(2**power for power in range(self.steps.bit_length())), self.steps})

    @property
    def checkpoint_steps(self) -> list[int]:
        """The steps after which the models are kept: before the first, and the last."""
        return [0, self.steps]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of the tensors that are kept, by their symbols; the first axis is the instance."""
        raise NotImplementedError
