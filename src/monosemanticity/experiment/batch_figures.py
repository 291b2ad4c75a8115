"""The figures that any batch has, without a word in workflow/figures.yaml."""

from collections.abc import Iterator

from monosemanticity.experiment.figures import Bias, Column, Figure, Heat, Selection, Setting, Sweep, Trace
from monosemanticity.experiment.scaling import spread

ONE_COLOUR = "learning_rate"
"""What the curves of one setting are coloured by: they all have the same."""
HEAT_MAPS = 3
"""At most so many settings of a batch are shown as heat maps, from one end of it to the other."""


def figures_of_a_batch(name: str, swept: list[str], settings: list[Setting]) -> Iterator[tuple[str, Figure]]:
    """Trace, bias, heat and sweep of any batch: the figures of a new experiment without further configuration.

    The sweep's axis is the last field; the traces and biases colour it, and tell those before it apart by line style. A
    batch of one setting has no axis to draw a sweep against.
    """
    last = swept[-1] if swept else ONE_COLOUR
    yield (
        f"{name}_trace",
        Trace(
            kind="trace",
            title=f"{name}: training",
            caption=f"Loss, monosemantic neurons per feature, and mean bias in training ({name}).",
            columns=[Column(batches=[name])],
            panels=["loss", "mono_per_feature", "mean_bias"],
            colour=last,
        ),
    )
    said = f"Bias of every neuron in final models of {name}, neurons by falling monosemanticity."
    yield f"{name}_bias", Bias(kind="bias", title=f"{name}: biases", caption=said, curves=name, colour=last)
    shown = spread(settings, HEAT_MAPS)
    said = f"Activation of every neuron for every single-feature input of unit strength, in final models of {name}"
    said += f": {len(shown)} of its {len(settings)} settings." if len(shown) < len(settings) else "."
    panels = [Selection(batch=name, at=setting) for setting in shown]
    yield f"{name}_heat", Heat(kind="heat", title=f"{name}: activations", caption=said, panels=panels)
    if swept:
        said = f"Monosemantic neurons per neuron and per feature in final models of {name}. Dashed: as many as neurons"
        said += " (upper) or features (lower)."
        colour = swept[-2] if len(swept) > 1 else None
        sweep = Sweep(kind="sweep", title=f"{name}: sweep", caption=said, curves=[name], x=last, colour=colour)
        yield f"{name}_sweep", sweep
