"""Which figure is which kind of picture of which batches. Light: the workflow reads it to plan."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated, ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from monosemanticity.experiment.quantities import Real
from monosemanticity.experiment.spec import RunSpec

Panel = Literal["loss", "min_loss", "min_loss_zoom", "min_loss_difference", "mono_per_feature", "mean_bias"]
Line = Literal["minus_sqrt_epsilon", "gelu_minimum", "k_equals_N", "N_epsilon_equals_d"]
Swept = Literal[tuple(field for field in RunSpec.model_fields if field != "seed")]
Setting = dict[Swept, Real | str]

FIRST_SEED = "The first of {} seeds."


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Selection(_Part):
    """The runs of a batch at one setting of what it sweeps, in the terms of Table 1."""

    batch: str
    at: Setting


class AnyFigure(_Part):
    """What every figure has."""

    reads: ClassVar[Literal["train", "measure"]] = "measure"
    """The stage whose results of a run the kind is drawn from."""
    suffixes: ClassVar[tuple[str, ...]] = ("md", "pdf", "svg", "png")
    """The files that the kind is written to; md is the caption, and png, written last, says that all are whole."""
    seeds: ClassVar[str] = "Mean and range over {} seeds."
    """How the kind shows several seeds."""

    section: str
    title: str
    caption: str
    notes: dict[str, str] = {}
    """By scale: a further sentence of the caption."""

    @property
    def category(self) -> str:
        """Where a report lists it."""
        return f"Section {self.section}" if self.section else "Own batches"

    def along(self) -> set[str]:
        """What the whole batches must sweep for the figure to be drawn."""
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
    batches: list[str]


class Trace(AnyFigure):
    """Quantities against log2 of the training step, a curve a run."""

    kind: Literal["trace"]
    columns: list[Column]
    panels: list[Panel]
    colour: Swept

    def along(self) -> set[str]:
        return {self.colour}

    def whole_batches(self) -> list[str]:
        return [batch for column in self.columns for batch in column.batches]


class Sweep(AnyFigure):
    """Monosemantic neurons per neuron and per feature in final models, against a swept number."""

    kind: Literal["sweep"]
    curves: list[str]
    x: Swept
    colour: Swept | None = None
    lines: list[Line] = []
    side_by_side: bool = False

    def along(self) -> set[str]:
        return {self.x}

    def whole_batches(self) -> list[str]:
        return self.curves


class Scatter(AnyFigure):
    """Monosemantic neurons of every final model, by bias offset and feature frequency."""

    seeds = "Mean over {} seeds."
    kind: Literal["scatter"]
    points: list[str]

    def whole_batches(self) -> list[str]:
        return self.points


class Bias(AnyFigure):
    """Bias of every neuron against its rank in monosemanticity, a curve a final model."""

    kind: Literal["bias"]
    curves: str
    colour: Swept

    def along(self) -> set[str]:
        return {self.colour}

    def whole_batches(self) -> list[str]:
        return [self.curves]


class Heat(AnyFigure):
    """Activation of every neuron for every single-feature input, a panel a final model."""

    reads = "train"
    suffixes = ("md", "pdf", "png")
    seeds = FIRST_SEED
    kind: Literal["heat"]
    panels: list[Selection]

    def selections(self) -> list[Selection]:
        return self.panels


class Cdf(AnyFigure):
    """Cumulative fraction of neurons by monosemanticity, a curve a checkpoint."""

    reads = "train"
    seeds = FIRST_SEED
    kind: Literal["cdf"]
    model: Selection

    def selections(self) -> list[Selection]:
        return [self.model]


class Response(AnyFigure):
    """Output against input amplitude of single features, split into the model's two parts."""

    reads = "train"
    seeds = FIRST_SEED
    kind: Literal["response"]
    model: Selection
    mono_neurons: list[int]
    """A panel each: how many monosemantic neurons the shown feature has."""

    def selections(self) -> list[Selection]:
        return [self.model]


class Matrix(AnyFigure):
    """The linearised map from features to outputs through the positive-bias neurons."""

    reads = "train"
    suffixes = ("md", "pdf", "png")
    seeds = FIRST_SEED
    kind: Literal["matrix"]
    model: Selection

    def selections(self) -> list[Selection]:
        return [self.model]


Figure = Annotated[Trace | Sweep | Scatter | Bias | Heat | Cdf | Response | Matrix, Field(discriminator="kind")]


@cache
def paper_figures() -> dict[str, Figure]:
    """The paper's 26 figures, by name."""
    text = files(__package__).joinpath("figures.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Figure]).validate_python(yaml.safe_load(text))


def settings_that_figures_name(batch: str) -> dict[str, list]:
    """The values of each swept field at which the paper's figures show a batch."""
    named: dict[str, list] = {}
    for figure in paper_figures().values():
        for chosen in figure.selections():
            if chosen.batch == batch:
                for field, value in chosen.at.items():
                    named.setdefault(field, []).append(value)
    return named


def figures_of_a_batch(name: str, swept: list[str], ends: list[Setting]) -> Iterator[tuple[str, Figure]]:
    """Trace, bias, heat and sweep of any batch: the figures of a new experiment without further configuration.

    `ends` are the settings to show heat maps of. Of a grid, the sweep's axis is the last field; the traces and biases
    colour it, and tell the first apart by line style.
    """
    shared = {"section": "", "caption": f"Batch {name}."}
    *others, last = swept
    yield (
        f"{name}_trace",
        Trace(
            kind="trace",
            title=f"{name}: training",
            columns=[Column(batches=[name])],
            panels=["loss", "mono_per_feature", "mean_bias"],
            colour=last,
            **shared,
        ),
    )
    yield f"{name}_bias", Bias(kind="bias", title=f"{name}: biases", curves=name, colour=last, **shared)
    panels = [Selection(batch=name, at=setting) for setting in ends]
    yield f"{name}_heat", Heat(kind="heat", title=f"{name}: activations", panels=panels, **shared)
    colour = others[0] if others else None
    sweep = Sweep(kind="sweep", title=f"{name}: sweep", curves=[name], x=last, colour=colour, **shared)
    yield f"{name}_sweep", sweep
