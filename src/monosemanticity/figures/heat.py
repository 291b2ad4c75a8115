"""Heat maps: what every neuron does when one feature is active alone, in cells of whole pixels."""

from typing import Any, NamedTuple, Self

import numpy as np
from jaxtyping import Int, Num
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from monosemanticity.experiment.batch_figures import HEAT_MAPS
from monosemanticity.experiment.figures import Heat
from monosemanticity.figures import wording
from monosemanticity.figures.results import Results
from monosemanticity.figures.style import BLUE, DOUBLE, DPI, GREY, ORANGE, legend_above
from monosemanticity.measures import monosemanticity, responses
from monosemanticity.measures.monosemanticity import MONOSEMANTIC, Responses
from monosemanticity.measures.neurons import POSITIVE_BIAS
from monosemanticity.model.trained import Model

KINDS = {
    "others": "white",
    f"mono (r > {MONOSEMANTIC:g})": BLUE,
    f"positive bias (b > {POSITIVE_BIAS:g})": ORANGE,
    "silent (never respond)": GREY,
}
"""Of neurons, in the strip beside a map; one of two kinds is of the later."""

LEFT, RIGHT, BOTTOM, BETWEEN, HIGHEST = (round(inches * DPI) for inches in (0.5, 0.75, 0.45, 0.46, 4.0))
STRIP, GAP, LEGEND, LINE = (round(inches * DPI) for inches in (0.06, 0.02, 0.25, 0.16))
"""In pixels, so that axes start and end between them."""
SMALL = 6
"""The size of letters of ticks and counts."""


class Cells(NamedTuple):
    """How the cells along one side of a map are drawn."""

    together: int
    """Of which one shows the greatest: 1, unless there are more cells than pixels."""
    shown: int
    pixels: int
    """Of each."""

    @classmethod
    def of(cls, count: int, room: int) -> Self:
        """As wide as the room, in pixels, has it."""
        together = -(-count // room)
        shown = -(-count // together)
        return cls(together, shown, room // shown)

    @property
    def length(self) -> int:
        return self.shown * self.pixels


def draw(figure: Heat, results: Results) -> Figure:
    """A panel a final model, of the first seed, all on one colour scale, and beside each what its neurons are."""
    models = [results.final_model(chosen) for chosen in figure.panels]
    seen = [monosemanticity.responses(model) for _, model in models]
    maps = [responses.picture(each) for each in seen]
    across = room_across(max(len(maps), HEAT_MAPS))
    sides = [(Cells.of(shown.shape[0], HIGHEST), Cells.of(shown.shape[1], across)) for shown in maps]

    lines = 1 + max(len(chosen.at) for chosen in figure.panels)  # of counts, and of the setting
    height = max(down.length for down, _ in sides)
    size = (
        LEFT + sum(wide.length for _, wide in sides) + (len(maps) - 1) * BETWEEN + RIGHT,
        BOTTOM + height + lines * LINE + LEGEND,
    )
    drawn = Figure(figsize=(size[0] / DPI, size[1] / DPI))

    def add_axes(left: int, length: int, down: int) -> Axes:
        return drawn.add_axes((left / size[0], (BOTTOM + height - down) / size[1], length / size[0], down / size[1]))

    left, strips = LEFT, []
    for chosen, (spec, model), of, shown, (down, wide) in zip(figure.panels, models, seen, maps, sides, strict=True):
        axes = add_axes(left, wide.length, down.length)
        image = plot_activations(axes, pooled(shown, down, wide), down, wide)
        numbers = spec.model_dump()
        own = kinds(model, of)
        axes.set_title("\n".join(wording.sentence(field, [numbers[field]]) for field in chosen.at), pad=2 * SMALL)
        axes.annotate(counts(own), (0.5, 1), (0, 3), "axes fraction", "offset points", ha="center", fontsize=SMALL)
        axes.set_ylabel("neuron" if left == LEFT else "")
        left += wide.length
        strips.append((left + GAP, down, own))
        left += BETWEEN
    for place, down, of in strips:
        plot_kinds(add_axes(place, STRIP, down.length), pooled(of[:, None], down, Cells(1, 1, STRIP)))
    beyond = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    extend = beyond[any(shown.min() < 0 for shown in maps), any(shown.max() > 1 for shown in maps)]
    bar = add_axes(left - BETWEEN + 3 * STRIP, 2 * STRIP, height)
    drawn.colorbar(image, cax=bar, extend=extend, label="activation")
    legend_above(drawn, [Patch(color=color, label=kind) for kind, color in list(KINDS.items())[1:]], columns=3)
    return drawn


def room_across(panels: int) -> int:
    """The pixels that each of some panels beside one another has on a page."""
    return (round(DOUBLE * DPI) - LEFT - RIGHT - (panels - 1) * BETWEEN) // panels


def pooled(values: Num[np.ndarray, "k N"], down: Cells, wide: Cells) -> Num[np.ndarray, "rows columns"]:
    """The greatest of the values that are shown by one cell."""
    rows = np.maximum.reduceat(values, np.arange(0, values.shape[0], down.together), axis=0)
    return np.maximum.reduceat(rows, np.arange(0, values.shape[1], wide.together), axis=1)


def kinds(model: Model, seen: Responses) -> Int[np.ndarray, " k"]:
    """The kind of each neuron, by its place in KINDS, in the order of the maps."""
    of = np.where(model.b > POSITIVE_BIAS, 2, seen.monosemantic.astype(int))
    return np.where(seen.responding, of, 3)[responses.by_falling_monosemanticity(seen.r)]


def counts(of: Int[np.ndarray, " k"]) -> str:
    """How many neurons are of each kind, in words."""
    _, mono, positive, silent = np.bincount(of, minlength=len(KINDS))
    return f"{mono} mono, {positive} positive bias, {silent} silent"


def plot_activations(axes: Axes, activations: Num[np.ndarray, "rows columns"], down: Cells, wide: Cells) -> AxesImage:
    """Neurons down, features across, from 0 to 1."""
    axes.set_xlabel("feature")
    axes.tick_params(labelsize=SMALL)
    return plot_cells(axes, activations, down, wide, vmin=0, vmax=1, cmap="viridis")


def plot_cells(axes: Axes, values: Num[np.ndarray, "rows columns"], down: Cells, wide: Cells, **look: Any) -> AxesImage:
    """A value a cell, with axes that count what the cells show."""
    axes.spines[:].set_visible(False)  # they and the ticks would lie over the outermost cells
    axes.spines[["left", "bottom"]].set_position(("outward", 1))
    extent = (-0.5, wide.shown * wide.together - 0.5, down.shown * down.together - 0.5, -0.5)
    return axes.imshow(values, aspect="auto", extent=extent, interpolation="none", **look)


def plot_kinds(axes: Axes, of: Int[np.ndarray, "rows 1"]) -> AxesImage:
    """A strip of the kinds of neurons."""
    axes.set_axis_off()
    colours = ListedColormap(list(KINDS.values()))
    return axes.imshow(of, vmin=0, vmax=len(KINDS) - 1, cmap=colours, aspect="auto", interpolation="none")
