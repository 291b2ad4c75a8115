"""What config.yaml may say, as typed models: the scales, and Table 1 as batches that sweep a run's numbers."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    create_model,
    model_validator,
)

from monosemanticity.experiment.companions import Companions, ScaledCompanions, unknown_experiments
from monosemanticity.experiment.fields import Name, Strict, fields_of, required, value_or_formula, value_or_sweep
from monosemanticity.experiment.figures import Figure
from monosemanticity.experiment.names import corrected, like
from monosemanticity.experiment.quantities import Count, Positive, Seed
from monosemanticity.experiment.spec import Precision, RunSpec

TARGET = re.compile(
    r"all|train|measure|tables|batch_tables|figures|claims|companion_\w*|report|reference|(incidental|superposition)(\d*|_\w*)"
    r"|fig\d+|.*_(trace|bias|heat|sweep)"
)
"""What the workflow's own targets are called; a batch, a target too, needs another name."""
Factor = Literal["N", "d", "k", "epsilon", "learning_rate", "decay", "bias_offset", "l1", "steps"]


def _each_once(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"{seeds} repeats a seed; corrected: seeds: {list(dict.fromkeys(seeds))}")
    return seeds


Seeds = Annotated[list[Seed], Field(min_length=1), AfterValidator(_each_once)]

SIZE, PRODUCT = "(size)", "(product)"
"""Tags of what a batch size may be; no name of the configuration looks so."""

OF_THE_BATCH = {"seed"}
"""What is no field of a batch: its seeds are its own, or the whole configuration's."""
CHOSEN_BY_SCALE = {"batch_size"}
"""Fields of a run that come from the scale where its batch does not give them, though they have no neutral value."""


Defaults = create_model(
    "Defaults",
    __base__=Strict,
    __doc__="The numbers of a run that a batch does not give.",
    **fields_of(RunSpec, OF_THE_BATCH, required(RunSpec) - CHOSEN_BY_SCALE, value_or_formula),
)
Replacement = create_model(
    "Replacement",
    __base__=Strict,
    __doc__="Some numbers of a run, in place of the batch's.",
    **fields_of(RunSpec, OF_THE_BATCH, (), value_or_formula),
)
SweptFields = create_model(
    "SweptFields",
    __base__=Strict,
    __doc__="Some numbers of a run; a list is swept over.",
    **fields_of(RunSpec, OF_THE_BATCH, (), value_or_formula, value_or_sweep),
)


class Batch(SweptFields):
    """A row of Table 1: what it gives as a list is swept over; several lists make a grid."""

    comparison: Replacement | None = Field(
        default=None,
        description="one more run, with these numbers in place of the batch's",
        examples=[{"bias_offset": -1}],
    )
    seeds: Seeds | None = Field(
        default=None, description="every run of the batch is trained once with each", examples=[[0, 1, 2]]
    )

    @model_validator(mode="after")
    def _comparison_lies_beside_the_sweep(self) -> Self:
        if self.comparison and set(self.swept) - set(self.comparison.given()):
            missing = ", ".join(sorted(set(self.swept) - set(self.comparison.given())))
            raise ValueError(f"comparison: must give one value to what the batch sweeps: {missing}")
        return self

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in super().given().items() if name in RunSpec.model_fields}

    @property
    def swept(self) -> list[str]:
        """The fields given as lists, in the order of RunSpec."""
        return [name for name in RunSpec.model_fields if isinstance(getattr(self, name, None), list)]


class FixedProduct(BaseModel):
    """The batch size rule b = product / k (Appendix A)."""

    model_config = ConfigDict(frozen=True)
    product: Count


def _parse_batch_rule(given: object) -> object:
    """'2^23/k' is a product shared out over the neurons; a plain number is a fixed size."""
    if isinstance(given, str) and given.replace(" ", "").endswith("/k"):
        return {"product": given.replace(" ", "").removesuffix("/k")}
    return given


BatchRule = Annotated[
    Annotated[FixedProduct, Tag(PRODUCT)] | Annotated[Count, Tag(SIZE)],
    Discriminator(lambda given: PRODUCT if isinstance(given, (dict, FixedProduct)) else SIZE),
    BeforeValidator(_parse_batch_rule),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}),
]


class Scale(Strict):
    """How a scale maps Table 1 to the machine at hand."""

    batch_size: BatchRule = Field(
        description="samples in a step: a number, or a product shared out over the neurons",
        examples=["2^23/k"],
    )
    precision: Precision = Field(
        default="float32",
        description="precision of the runs in the dense form whose batch gives none",
        examples=["bfloat16"],
    )
    factors: dict[Factor, Positive] = Field(
        default={}, description="a run's number is the table's times this", examples=[{"N": "1/2"}]
    )
    at_most: dict[Factor, Positive] = Field(
        default={}, description="a run's number is at most this", examples=[{"steps": "2^14"}]
    )
    points: Annotated[int, Field(strict=True, ge=2)] | None = Field(
        default=None,
        description="at most so many values of each sweep: its ends, those that figures name, and some between",
        examples=[3],
    )
    batches: dict[Name, SweptFields] = Field(
        default={},
        description="values in place of the batch's own, in the table's terms; points leaves such a sweep whole",
        examples=[{"E3": {"steps": "2^17"}}],
    )
    companions: ScaledCompanions = Field(
        default=ScaledCompanions(),
        description="numbers of the companion studies' experiments in place of their own",
        examples=[{"incidental": {"collisions": {"n": 64}}}],
    )
    note: str = Field(default="", description="sentence in the caption of every figure at this scale")


class Config(Strict):
    """config.yaml: the scale, the seeds, the scales, and Table 1."""

    scale: Name = Field(description="one of scales", examples=["preview"])
    seeds: Seeds = Field(
        description="every run is trained once with each, where its batch gives no others", examples=[[0]]
    )
    only: list[Name] = Field(
        default=[],
        description="batches to work on, in place of all and without the companion studies",
        examples=[["LR1", "LR3"]],
    )
    jobs_per_gpu: Count = Field(
        default=1, description="training jobs that share a graphics card of this machine", examples=[1]
    )
    scales: dict[Name, Scale] = Field(min_length=1)
    defaults: Defaults
    batches: dict[Name, Batch] = Field(min_length=1)
    companions: Companions = Field(default=Companions(), description="the experiments of the companion studies")
    figures: dict[Name, Figure] = Field(default={}, description="as in workflow/figures.yaml, which they go before")

    @model_validator(mode="after")
    def _names_match(self) -> Self:
        if self.scale not in self.scales:
            mend = corrected("scale", self.scale, self.scales)
            raise ValueError(f"scale: {self.scale} is not one of {', '.join(self.scales)}{mend}")
        for batch in self.only:
            if batch not in self.batches:
                raise ValueError(f"only: {batch} is not one of {', '.join(self.batches)}{like(batch, self.batches)}")
        for batch in self.batches:
            if TARGET.fullmatch(batch):
                raise ValueError(f"batches.{batch}: the workflow has a target of that name; corrected: my_{batch}_runs")
        for figure in self.figures:
            if figure in self.batches or (TARGET.fullmatch(figure) and not re.fullmatch(r"fig\d+", figure)):
                raise ValueError(
                    f"figures.{figure}: the workflow has a target of that name; corrected: my_{figure}_figure"
                )
        for scale_name, scale in self.scales.items():
            if missing := [batch for batch in scale.batches if batch not in self.batches]:
                raise ValueError(
                    f"scales.{scale_name}.batches: {', '.join(missing)}: not in batches, which has"
                    f" {', '.join(self.batches)}; remove what the scale says of them"
                )
            for problem in unknown_experiments(scale.companions, self.companions):
                raise ValueError(f"scales.{scale_name}.companions.{problem}")
            for batch, replaced in scale.batches.items():
                for field, value in replaced.given().items():
                    if isinstance(value, list) != (field in self.batches[batch].swept):
                        swept = field in self.batches[batch].swept
                        wanted = (
                            f"a list, as the batch sweeps it; corrected: {field}: [{value}]" if swept else "one value"
                        )
                        raise ValueError(f"scales.{scale_name}.batches.{batch}.{field}: {value} must be {wanted}")
        return self

    @property
    def chosen(self) -> dict[str, Batch]:
        """The batches that are worked on: those of `only`, or all."""
        return {name: batch for name, batch in self.batches.items() if name in (self.only or self.batches)}

    def seeds_of(self, batch: str) -> list[int]:
        """The batch's own, or else those of the whole configuration."""
        return self.batches[batch].seeds or self.seeds
