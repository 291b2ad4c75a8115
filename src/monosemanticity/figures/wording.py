"""The numbers of a run in the paper's words, for axes, titles and captions. Light: captions are read to plan."""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple


class Wording(NamedTuple):
    """How one field of a run is spoken of."""

    label: str
    """On an axis or a colour bar."""
    sentence: str
    """With its value, in a title, a legend or a caption."""
    log_base: int | None = None
    """Of the logarithmic axis on which its values are spaced; None for a linear one, and for names."""


WORDINGS: dict[str, Wording] = {
    "task": Wording("task", "{}"),
    "activation": Wording("activation", "{}"),
    "distribution": Wording("feature distribution", "{} frequencies"),
    "N": Wording("# of features", "N = {}", 2),
    "d": Wording("embedding dimension", "d = {}", 2),
    "k": Wording("# of neurons", "k = {}", 2),
    "dense_k": Wording("# of neurons \N{MULTIPLICATION SIGN} density", "k \N{MULTIPLICATION SIGN} density = {}", 2),
    "epsilon": Wording("ε", "ε = {}", 10),
    "learning_rate": Wording("learning rate", "learning rate {}", 10),
    "decay": Wording("bias decay rate", "bias decay rate {}", 10),
    "bias_offset": Wording("initial mean bias", "initial mean bias {}"),
    "l1": Wording("L1 regularization strength", "L1 strength {}", 10),
    "bias_penalty": Wording("strength of the bias penalty", "bias penalty {}", 10),
    "density": Wording("density of the layers", "density {}", 2),
    "batch_size": Wording("batch size", "b = {}", 2),
    "steps": Wording("training steps", "{} steps", 2),
    "precision": Wording("precision of products", "products in {}"),
    "form": Wording("form of the gradient", "{} form"),
}
NAMES: dict[str, str] = {
    "reprojector": "re-projector",
    "abs": "absolute value",
    "relu": "ReLU",
    "gelu": "GeLU",
    "solu": "SoLU",
    "unnormalised_solu": "unnormalised SoLU",
    "gram": "Gram",
}
"""How values that are names are written, where that is not how config.yaml has them."""


def _wording(field: str) -> Wording:
    """A field's own, or else its name before its value."""
    words = field.replace("_", " ")
    return WORDINGS.get(field, Wording(words, f"{words} {{}}"))


def label(field: str) -> str:
    """What an axis of the field is called."""
    return _wording(field).label


def log_base(field: str) -> int | None:
    """The base of the field's logarithmic axis, if it has one."""
    return _wording(field).log_base


def sentence(field: str, values: Iterable[float | str]) -> str:
    """The field with one value or several: 'learning rate 0.001, 0.03'."""
    return _wording(field).sentence.format(", ".join(text(field, value) for value in values))


def factor(field: str, ratios: Collection[float]) -> str:
    """By how much a field differs, or from least to most: 'k 1/4', 'b 1/1024 to 1/8'."""
    name = re.sub(r" ?=? ?\{\} ?", "", _wording(field).sentence)
    ends = dict.fromkeys(Fraction(ratio).limit_denominator(2**16) for ratio in (min(ratios), max(ratios)))
    return f"{name} {' to '.join(map(str, ends))}"


def difference(some: Iterable[Mapping[str, Any]], others: Iterable[Mapping[str, Any]]) -> str:
    """What the numbers of some runs are where no other run has them: 'initial mean bias -1, L1 strength 0'."""
    some, others = list(some), list(others)
    apart = {field: {run[field] for run in some} - {run[field] for run in others} for field in some[0]}
    return ", ".join(sentence(field, sorted(values)) for field, values in apart.items() if values)


def text(field: str, value: float | str) -> str:
    """A value as the paper writes it: ReLU, 1/64, 0.003, 1e-7."""
    if isinstance(value, str):
        return NAMES.get(value, value.replace("_", " "))
    if field == "epsilon" and 0 < value < 1 and math.log2(value).is_integer():
        return f"1/{round(1 / value)}"
    digits = f"{value:.10g}" if float(value).is_integer() else f"{value:.4g}"
    mantissa, _, exponent = digits.partition("e")
    return (mantissa + (f"e{int(exponent)}" if exponent else "")).replace("-", "\N{MINUS SIGN}")


def mean_count(value: float) -> str:
    """A mean of counts: 65, 64.7."""
    return f"{value:.1f}".removesuffix(".0")


def seeds(values: Iterable[int]) -> str:
    """'seed 0' or 'seeds 0, 1, 2'."""
    unique = sorted(set(values))
    return f"seed{'s' if len(unique) > 1 else ''} {', '.join(map(str, unique))}"
