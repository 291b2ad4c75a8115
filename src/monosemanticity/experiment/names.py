"""What was probably meant by a name that is not known."""

import difflib
from collections.abc import Collection, Iterable

from monosemanticity.errors import ConfigError

ALIASES = {
    "act": "activation",
    "batch": "batch_size",
    "bias_decay": "decay",
    "bs": "batch_size",
    "dist": "distribution",
    "eps": "epsilon",
    "lr": "learning_rate",
    "m": "d",
    "seed": "seeds",
    "wd": "decay",
}
"""What others call the numbers of a run; m is Table 1's."""


def nearest(given: object, known: Iterable[str]) -> list[str]:
    """At most three of the known names, the most alike first, whatever the case of their letters."""
    by_lower_case = {name.lower(): name for name in known}
    lower = str(given).lower()
    if (alias := ALIASES.get(lower)) in by_lower_case.values():
        return [alias]
    return [by_lower_case[name] for name in difflib.get_close_matches(lower, by_lower_case, cutoff=0.5)]


def corrected(key: str, given: object, known: Iterable[str]) -> str:
    """The end of a sentence: the line with the nearest known name, or nothing where none is near."""
    near = nearest(given, known)
    return f"; corrected: {key}: {near[0]}" if near else ""


def like(given: object, known: Iterable[str]) -> str:
    """The end of a sentence: the nearest known names, or nothing where none is near."""
    near = nearest(given, known)
    return f"; nearest: {', '.join(near)}" if near else ""


def refuse_unknown(names: Iterable[str], known: Collection[str], listed_by: str = "targets") -> None:
    """Raise ConfigError where something is asked for that is not there, with what it is most like."""
    for name in names:
        if name not in known:
            raise ConfigError(f"{name}: unknown{like(name, known)}; `monosemanticity {listed_by}` lists all")
