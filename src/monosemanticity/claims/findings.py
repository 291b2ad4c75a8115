"""Where the runs at hand agree with the paper and where not, in numbers read off the final models.

`models` is a row a final model in its place in a batch: the tables of members and of models, merged by run.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import pandas as pd

from monosemanticity.claims.bounds import ABOUT_ONE, MONOSEMANTIC_MODEL, PLATEAU_SPREAD


class Finding(NamedTuple):
    """What the runs say to a sentence of the paper: the numbers, and whether they say the same."""

    here: str
    agrees: bool


class NotAskedError(LookupError):
    """The runs that a sentence is about are not all there; its text says which."""


class Sentence(NamedTuple):
    """A sentence of the paper, the figures it is about, and what asks the runs whether they say the same."""

    figures: str
    text: str
    ask: Callable[[pd.DataFrame], Finding]


SENTENCES: list[Sentence] = []


def about(figures: str, text: str) -> Callable:
    """Say which sentence of the paper a function asks the runs about."""

    def kept(ask: Callable[[pd.DataFrame], Finding]) -> Callable[[pd.DataFrame], Finding]:
        SENTENCES.append(Sentence(figures, text, ask))
        return ask

    return kept


def batch(models: pd.DataFrame, name: str, by: str | list[str]) -> pd.DataFrame:
    """The final models of a batch's sweep, mean over seeds, indexed by what it sweeps.

    Raises NotAskedError where there is no sweep: of one point every sentence would be true.
    """
    rows = _of_batch(models, name, comparison=False).groupby(by).mean(numeric_only=True)
    if len(rows) == 1:
        raise NotAskedError(f"{name} has one point alone")
    return rows


def comparison(models: pd.DataFrame, name: str) -> pd.Series:
    """The comparison run of a batch, mean over seeds."""
    return _of_batch(models, name, comparison=True).mean(numeric_only=True)


def _of_batch(models: pd.DataFrame, name: str, comparison: bool) -> pd.DataFrame:
    rows = models[(models["batch"] == name) & (models["comparison"] == comparison)]
    if rows.empty:
        raise NotAskedError(f"there are no runs of {name}")
    return rows


def _shared(one: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Two sweeps where both have runs: a scale may leave out values of one."""
    one, other = one.align(other, join="inner")
    if one.empty:
        raise NotAskedError(f"the batches share no {one.index.name}")
    return one, other


def learning_rates(models: pd.DataFrame) -> pd.DataFrame:
    """Final loss, mono neurons per feature and positive-bias neurons by learning rate, from both starts."""
    columns = ["final_loss", "per_feature", "positive_bias_neurons"]
    starts = {
        "zero bias": batch(models, "LR1", "learning_rate"),
        "negative bias": batch(models, "LR3", "learning_rate"),
    }
    together = pd.concat({start: rows[columns] for start, rows in starts.items()}, axis="columns").dropna()
    if together.empty:
        raise NotAskedError("LR1 and LR3 share no learning rate")
    return together


@about("3", "From zero bias, final losses agree (0.85 to 0.95) while mono/features goes from near 0 to about 1")
def equal_loss(models: pd.DataFrame) -> Finding:
    rows = batch(models, "LR1", "learning_rate")
    loss, mono = rows["final_loss"], rows["per_feature"]
    return Finding(
        f"loss {_range(loss)}, mono/features {_range(mono)}",
        bool(loss.max() / loss.min() <= PLATEAU_SPREAD and mono.max() - mono.min() >= MONOSEMANTIC_MODEL),
    )


@about("3", "From zero bias, higher learning rates give more mono neurons and a more negative mean bias")
def learning_rate_raises_mono(models: pd.DataFrame) -> Finding:
    rows = batch(models, "LR1", "learning_rate")
    return Finding(
        f"mono/features {_list(rows['per_feature'])}; mean bias {_list(rows['mean_bias'])}",
        rows["per_feature"].is_monotonic_increasing and rows["mean_bias"].is_monotonic_decreasing,
    )


@about("1, 7", "From negative bias every learning rate is highly monosemantic, at no higher loss")
def negative_bias(models: pd.DataFrame) -> Finding:
    rows = learning_rates(models)
    zero, negative = rows["zero bias"], rows["negative bias"]
    return Finding(
        f"mono/features {_list(negative['per_feature'])}; loss {_list(negative['final_loss'])}, from zero bias"
        f" {_list(zero['final_loss'])}",
        bool(
            (negative["per_feature"] >= MONOSEMANTIC_MODEL).all()
            and (negative["final_loss"] <= zero["final_loss"]).all()
        ),
    )


@about("11", "The band of positive-bias neurons is d + 1 = 65 wide at every learning rate")
def band(models: pd.DataFrame) -> Finding:
    rows = batch(models, "LR3", "learning_rate")
    width = rows["positive_bias_neurons"]
    return Finding(
        f"{_list(width, '.3g')} neurons, d = {rows['d'].iloc[0]:.0f}",
        bool((width == rows["d"] + 1).all()),
    )


@about(
    "8, 9",
    "Below a bias offset of -sqrt(epsilon) there are 0.6 to 1 mono neurons per feature, above it under half that",
)
def bias_scale(models: pd.DataFrame) -> Finding:
    below, above = [], []
    for name in ("B1", "B2", "B3", "B4", "B5"):
        rows = batch(models, name, "bias_offset")
        deeper = rows.index < -(rows["epsilon"] ** 0.5)
        if deeper.all() or not deeper.any():
            raise NotAskedError(f"{name} has bias offsets on one side of -sqrt(epsilon) alone")
        below.append(rows["per_feature"][deeper].mean())
        above.append(rows["per_feature"][~deeper].mean())
    below, above = pd.Series(below), pd.Series(above)
    return Finding(
        f"mono/features below {_list(below)}, above {_list(above)} (B1 to B5)",
        bool(below.between(MONOSEMANTIC_MODEL, 1).all() and (above < below / 2).all()),
    )


@about("13", "With GeLU mono neurons peak at a bias offset of about -1")
def gelu_peak(models: pd.DataFrame) -> Finding:
    rows = batch(models, "B3-GeLU", ["learning_rate", "bias_offset"])["per_feature"].unstack()
    peaks = rows.idxmax(axis="columns")
    return Finding(
        f"peaks at {_list(peaks)} with mono/features {_list(rows.max(axis='columns'))}",
        bool((peaks == -1).all()),
    )


@about("14", "A negative start reaches a task loss as low as the best L1 penalty's and as many mono neurons")
def l1(models: pd.DataFrame) -> Finding:
    best, other = batch(models, "RG1", "l1"), comparison(models, "RG1")
    return Finding(
        f"loss {other['final_loss']:.3g} against {best['final_loss'].min():.3g}; mono/features"
        f" {other['per_feature']:.2g} against {_list(best['per_feature'])} by rising L1",
        bool(
            other["final_loss"] <= best["final_loss"].min()
            and other["per_feature"] >= best["per_feature"][best["final_loss"].idxmin()]
        ),
    )


@about("17", "The fraction of mono neurons peaks at k = N")
def width_fraction(models: pd.DataFrame) -> Finding:
    rows = batch(models, "K1", "k")
    peak = rows["per_neuron"].idxmax()
    return Finding(
        f"peak at k = {peak}, N = {rows['N'].iloc[0]:.0f}; fractions {_list(rows['per_neuron'])}",
        bool(peak == rows["N"].iloc[0]),
    )


@about("15", "The loss falls with k until k = N and then saturates")
def width_loss(models: pd.DataFrame) -> Finding:
    rows = batch(models, "K1", "k")
    narrow, wide = rows["final_loss"][rows.index <= rows["N"]], rows["final_loss"][rows.index >= rows["N"]]
    if min(len(narrow), len(wide)) < 2:
        raise NotAskedError("K1 does not have two points on both sides of k = N")
    return Finding(
        f"loss {_list(rows['final_loss'])} for k = {', '.join(map(str, rows.index))}",
        bool(narrow.is_monotonic_decreasing and narrow.max() - narrow.min() > 5 * (wide.max() - wide.min())),
    )


@about("17", "At every width a negative start gives more mono neurons than a zero start")
def width_start(models: pd.DataFrame) -> Finding:
    zero, negative = (batch(models, name, "k")["per_feature"] for name in ("K0", "K1"))
    negative, zero = _shared(negative, zero)
    return Finding(
        f"mono/features {_list(negative)} against {_list(zero)}",
        bool((negative >= zero).all()),
    )


@about("18", "Mono neurons peak near N epsilon = d / 4")
def frequency_peak(models: pd.DataFrame) -> Finding:
    rows = batch(models, "E1", "epsilon")
    peak = rows["per_feature"].idxmax()
    features, dimensions = rows["N"].iloc[0] * peak, rows["d"].iloc[0]
    return Finding(
        f"peak at N epsilon = {features:.3g} = {features / dimensions:.2g} d",
        bool(dimensions / 8 <= features <= dimensions / 2),
    )


@about("18", "For the rarest features a slower decay gives more mono neurons")
def slow_decay(models: pd.DataFrame) -> Finding:
    fast, slow = (batch(models, name, "epsilon")["per_feature"] for name in ("E1", "E3"))
    fast, slow = _shared(fast, slow)
    rarest = fast.index[0]
    return Finding(
        f"at epsilon = {rarest:.3g}: {slow.loc[rarest]:.2g} (E3) against {fast.loc[rarest]:.2g} (E1)",
        bool(slow.loc[rarest] > fast.loc[rarest]),
    )


@about("21", "The re-projector has about one mono neuron per feature at every learning rate")
def reprojector(models: pd.DataFrame) -> Finding:
    mono = batch(models, "RP1", "learning_rate")["per_feature"]
    return Finding(
        f"mono/features {_list(mono)}",
        bool(mono.between(*ABOUT_ONE).all()),
    )


@about("22", "Absolute value: mono neurons rise with the learning rate, and the loss falls")
def absolute_value(models: pd.DataFrame) -> Finding:
    rows = batch(models, "LR5", "learning_rate")
    return Finding(
        f"mono/features {_list(rows['per_feature'])}; loss {_list(rows['final_loss'])}",
        rows["per_feature"].is_monotonic_increasing and rows["final_loss"].is_monotonic_decreasing,
    )


@about("23", "Absolute value: the slower the decay, the more mono neurons")
def absolute_value_decay(models: pd.DataFrame) -> Finding:
    rows = batch(models, "D1", "decay")
    return Finding(
        f"mono/features {_list(rows['per_feature'])} for decay {_list(rows.index.to_series())}",
        rows["per_feature"].is_monotonic_decreasing,
    )


def as_markdown(models: pd.DataFrame) -> str:
    """Both tables, as the README shows them; without the first where a batch of it is missing."""
    lines = []
    with suppress(NotAskedError):
        lines = [*_learning_rate_table(models), ""]
    lines += ["| figure | the paper says | here | agrees |", "|---|---|---|---|"]
    for sentence in SENTENCES:
        try:
            finding = sentence.ask(models)
            here, agrees = finding.here, "yes" if finding.agrees else "**no**"
        except NotAskedError as why:
            here, agrees = str(why), "not asked"
        lines.append(f"| {sentence.figures} | {sentence.text} | {here} | {agrees} |")
    return "\n".join(lines) + "\n"


def _learning_rate_table(models: pd.DataFrame) -> list[str]:
    lines = [
        "| learning rate | loss, zero bias | loss, negative bias | mono/features, zero bias |"
        " mono/features, negative bias | positive-bias neurons, negative bias |",
        "|---|---|---|---|---|---|",
    ]
    for rate, row in learning_rates(models).iterrows():
        zero, negative = row["zero bias"], row["negative bias"]
        lines.append(
            f"| {rate:g} | {zero['final_loss']:.4g} | {negative['final_loss']:.4g} | {zero['per_feature']:.2f} |"
            f" {negative['per_feature']:.2f} | {negative['positive_bias_neurons']:.0f} |"
        )
    return lines


def _range(values: pd.Series) -> str:
    return f"{values.min():.3g} to {values.max():.3g}"


def _list(values: pd.Series, form: str = ".2g") -> str:
    return ", ".join(format(value, form) for value in values)
