"""What workflow/figures.yaml may say: which figure is which kind of picture of which batches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from monosemanticity.experiment.quantities import Real, same
from monosemanticity.experiment.spec import RunSpec

Panel = Literal[
    "loss",
    "loss_zoom",
    "min_loss",
    "loss_difference",
    "mono_per_feature",
    "mean_bias",
    "mean_bias_at_fall",
    "positive_bias_neurons",
]
Final = Literal["per_neuron", "per_feature", "mono_features", "positive_bias_neurons", "dead_neurons", "final_loss"]
Upright = Literal["minus_sqrt_epsilon", "gelu_minimum", "k_equals_N", "N_epsilon_equals_d", "N_epsilon_equals_d_over_4"]
Line = Literal[Upright, "d_plus_1"]
Swept = Literal[tuple(field for field in RunSpec.model_fields if field != "seed")]
Derived = Literal["dense_k"]
SWEPT_FOR: dict[Derived, Swept] = {"dense_k": "k"}
"""What a batch sweeps that is shown along a quantity derived from it."""
Setting = dict[Swept, Real | str]

FIRST_SEED = "The first of {} seeds."


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Selection(_Part):
    """The runs of a batch at one setting of what it sweeps, in the terms of Table 1."""

    batch: str
    at: Setting


class Printed(_Part):
    """A number that the paper prints, or a range, which one panel of a figure marks in grey."""

    panel: str
    value: Real | tuple[Real, Real]
    of: Setting = {}
    """The numbers of the runs that it is printed of, where it depends on them: it is marked if the figure has such."""

    @property
    def ends(self) -> tuple[float, float]:
        """Of the range, which for a single number are one."""
        return self.value if isinstance(self.value, tuple) else (self.value, self.value)

    def is_of(self, run: Mapping[str, Any]) -> bool:
        """Whether a run has the numbers that it is printed of."""
        return all(same(run[field], value) for field, value in self.of.items())


class AnyFigure(_Part):
    """What every figure has."""

    reads: ClassVar[Literal["train", "tables"]] = "tables"
    """What the kind is drawn from: the models of its runs, or the tables of its batches."""
    suffixes: ClassVar[tuple[str, ...]] = ("md", "pdf", "svg", "png")
    """The files that the kind is written to; md is the caption, and png, written last, says that all are whole."""
    seeds: ClassVar[str] = "Mean over {} seeds, each a thin line."
    """How the kind shows several seeds."""

    section: str = Field(default="", description="of the paper; none for a figure of one's own", examples=["4.1.1"])
    title: str = Field(
        description="above the caption, and in reports", examples=["Learning rate, zero initial mean bias"]
    )
    caption: str = Field(
        description="what the figure shows, in Markdown", examples=["Loss in training, by learning rate."]
    )
    notes: dict[str, str] = Field(default={}, description="what else is to be said of the figure at a scale")
    paper: list[Printed] = Field(default=[], description="what the paper prints, in grey")

    @model_validator(mode="after")
    def _the_paper_is_marked_where_it_is_shown(self) -> Self:
        for printed in self.paper:
            if printed.panel not in self.marked():
                places = ", ".join(self.marked()) or "nothing"
                raise ValueError(f"paper: {printed.panel} is no panel of this figure; it can mark {places}")
        return self

    def marked(self) -> Sequence[str]:
        """What the figure can mark a printed number of: its panels, or an axis."""
        return ()

    def of_runs(self, runs: Sequence[Mapping[str, Any]]) -> Self:
        """The figure without what the paper prints of other runs than those it shows."""
        paper = [each for each in self.paper if any(map(each.is_of, runs))]
        return self.model_copy(update={"paper": paper})

    @property
    def category(self) -> str:
        """Where a report lists it."""
        return f"Section {self.section}" if self.section else "Own figures"

    def along(self) -> set[str]:
        """What the whole batches must sweep for the figure to be drawn."""
        return set()

    def derived(self) -> set[str]:
        """What the figure is along that is derived from what is swept."""
        return set()

    def selections(self) -> list[Selection]:
        """The single settings that the figure shows, of the first seed."""
        return []

    def whole_batches(self) -> list[str]:
        """The batches of which the figure shows every run."""
        return []

    def batches(self) -> list[str]:
        """Every batch that the figure shows something of, in order, each once."""
        return list(dict.fromkeys([*self.whole_batches(), *(chosen.batch for chosen in self.selections())]))


class Column(_Part):
    """One column of traces."""

    title: str = ""
    batches: list[str] = Field(min_length=1, max_length=2, description="one batch, or two whose curves are compared")


class Trace(AnyFigure):
    """Quantities against log2 of the training step, a curve a run."""

    kind: Literal["trace"]
    columns: list[Column] = Field(min_length=1)
    panels: list[Panel] = Field(min_length=1)
    colour: Swept

    @model_validator(mode="after")
    def _columns_are_alike(self) -> Self:
        compared = {len(column.batches) for column in self.columns}
        if len(compared) > 1:
            raise ValueError("columns: give each column one batch, or each two")
        if "loss_difference" in self.panels and compared != {2}:
            raise ValueError("panels: loss_difference is between the two batches of a column; give each column two")
        return self

    def marked(self) -> Sequence[str]:
        return self.panels

    def along(self) -> set[str]:
        return {self.colour}

    def whole_batches(self) -> list[str]:
        return [batch for column in self.columns for batch in column.batches]


class PrintedBeside(Printed):
    """One that may hold on one side of a line alone."""

    left_of: Upright | None = None
    """The line, or the leftmost of its kind."""


class Sweep(AnyFigure):
    """Measures of final models, against a swept number: the paper's are monosemantic neurons per neuron and feature."""

    seeds = "Mean over {} seeds, each a short dash."
    kind: Literal["sweep"]
    curves: list[str] = Field(min_length=1)
    x: Literal[Swept, Derived]
    panels: list[Final] = Field(default=["per_neuron", "per_feature"], min_length=1)
    colour: Swept | None = None
    lines: list[Line] = []
    side_by_side: bool = False
    paper: list[PrintedBeside] = Field(default=[], description="what the paper prints, in grey")

    @model_validator(mode="after")
    def _a_line_that_ends_a_range_is_shown(self) -> Self:
        for printed in self.paper:
            if printed.left_of not in (None, *self.lines):
                lines = ", ".join(self.lines) or "none"
                raise ValueError(f"paper: {printed.left_of} is no line of this figure; it has {lines}")
            if printed.left_of and self.x in (printed.panel, *printed.of):
                raise ValueError(f"paper: left_of is of marks along {self.x}, not of one value of it; leave it out")
        return self

    def marked(self) -> Sequence[str]:
        return [*self.panels, self.x]

    def along(self) -> set[str]:
        return {SWEPT_FOR.get(self.x, self.x)}

    def derived(self) -> set[str]:
        return {self.x} & SWEPT_FOR.keys()

    def whole_batches(self) -> list[str]:
        return self.curves


class Shares(AnyFigure):
    """Features by the number of their monosemantic neurons, a bar a final model."""

    seeds = "Mean over {} seeds; where the features with one mono neuron end, each is a dot."
    kind: Literal["shares"]
    bars: list[str] = Field(min_length=1)

    def marked(self) -> Sequence[str]:
        return ["share"]

    def whole_batches(self) -> list[str]:
        return self.bars


class Scatter(AnyFigure):
    """Monosemantic neurons of every final model, by bias offset and feature frequency."""

    seeds = "Mean over {} seeds."
    kind: Literal["scatter"]
    points: list[str] = Field(min_length=1)

    def whole_batches(self) -> list[str]:
        return self.points


class FinalModels(AnyFigure):
    """What every figure has that shows the final models of a batch, a colour a setting."""

    curves: str
    colour: Swept

    def along(self) -> set[str]:
        return {self.colour}

    def whole_batches(self) -> list[str]:
        return [self.curves]


class Bias(FinalModels):
    """Bias of every neuron against its rank in monosemanticity, and how many neurons have a positive one."""

    seeds = "Biases of the first of {} seeds; of the counts each seed is a dot."
    kind: Literal["bias"]

    def marked(self) -> Sequence[str]:
        return ["positive_bias_neurons"]


class PolyLines(FinalModels):
    """How the lines that the polysemantic part gives out are distributed over the features."""

    seeds = "The features of {} seeds together."
    kind: Literal["poly_lines"]

    def marked(self) -> Sequence[str]:
        return ["poly_intercept", "poly_slope", "poly_slope_range"]


class Heat(AnyFigure):
    """Activation of every neuron for every single-feature input, a panel a final model."""

    reads = "train"
    suffixes = ("md", "pdf", "png")
    seeds = FIRST_SEED
    kind: Literal["heat"]
    panels: list[Selection] = Field(min_length=1)

    def selections(self) -> list[Selection]:
        return self.panels


class Cdf(AnyFigure):
    """Cumulative fraction of neurons by monosemanticity, a curve a checkpoint."""

    reads = "train"
    seeds = FIRST_SEED
    kind: Literal["cdf"]
    model: Selection

    def marked(self) -> Sequence[str]:
        return ["r"]

    def selections(self) -> list[Selection]:
        return [self.model]


class Response(AnyFigure):
    """Output against input amplitude of single features, split into the model's two parts."""

    reads = "train"
    seeds = FIRST_SEED
    kind: Literal["response"]
    model: Selection
    mono_neurons: list[int] = Field(min_length=1)
    """A panel each: how many monosemantic neurons the shown feature has."""

    def marked(self) -> Sequence[str]:
        return ["onset", "second_onset"]

    def selections(self) -> list[Selection]:
        return [self.model]


class Matrix(AnyFigure):
    """The linearised map from features to outputs through the positive-bias neurons."""

    reads = "train"
    suffixes = ("md", "pdf", "png")
    seeds = FIRST_SEED
    kind: Literal["matrix"]
    model: Selection

    def marked(self) -> Sequence[str]:
        return ["singular_values", "constant"]

    def selections(self) -> list[Selection]:
        return [self.model]


KINDS: dict[str, type[AnyFigure]] = {
    "trace": Trace,
    "sweep": Sweep,
    "shares": Shares,
    "scatter": Scatter,
    "bias": Bias,
    "poly_lines": PolyLines,
    "heat": Heat,
    "cdf": Cdf,
    "response": Response,
    "matrix": Matrix,
}


UNKNOWN_KIND = "unknown_kind"
"""The type of the error about a figure of no kind."""


def _tag(given: Any) -> str:
    """Of the kind that is given; no name of the configuration looks so."""
    return f"({given.get('kind') if isinstance(given, dict) else getattr(given, 'kind', None)})"


Figure = Annotated[
    Union[tuple(Annotated[model, Tag(f"({kind})")] for kind, model in KINDS.items())],  # noqa: UP007 of the table
    Discriminator(_tag, custom_error_type=UNKNOWN_KIND, custom_error_message=f"kind must be one of {', '.join(KINDS)}"),
]


def settings_named(figures: Iterable[Figure], batch: str) -> dict[str, list]:
    """The values of each swept field at which figures show a batch."""
    named: dict[str, list] = {}
    for figure in figures:
        for chosen in figure.selections():
            if chosen.batch == batch:
                for field, value in chosen.at.items():
                    named.setdefault(field, []).append(value)
    return named
