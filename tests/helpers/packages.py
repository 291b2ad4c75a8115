"""Small packages made by hand, and what is reached in them."""

from collections.abc import Mapping
from textwrap import dedent

from monosemanticity.identity.names import Own
from monosemanticity.identity.program import Program
from monosemanticity.identity.reach import Reach, spelled

PACKAGE = "pkg"

Sources = str | Mapping[str, str]
"""The text of each module by its name within the package, or of `main` alone."""


def program_of(sources: Sources) -> Program:
    texts = {"main": sources} if isinstance(sources, str) else sources
    modules = {f"{PACKAGE}.{module}" if module else PACKAGE: dedent(text) for module, text in texts.items()}
    return Program(PACKAGE, {PACKAGE: ""} | modules)


def reach_of(sources: Sources, *roots: str, beside: tuple[str, ...] = (), **choice: str | list[str]) -> Reach:
    """What roots reach ("main.root" where none are named), given the value or values of each field that chooses."""
    places = [Own(f"{PACKAGE}.{module}", name) for module, _, name in (root.rpartition(".") for root in roots)]
    chosen = {field: frozenset([values] if isinstance(values, str) else values) for field, values in choice.items()}
    roots_ = places or [Own(f"{PACKAGE}.main", "root")]
    return Reach(program_of(sources), roots_, chosen, frozenset(f"{PACKAGE}.{module}" for module in beside))


def parts_of(sources: Sources, *roots: str, **choice: str | list[str]) -> set[str]:
    """The names of the parts that are reached."""
    return {spelled(place).removeprefix("main.") for place in reach_of(sources, *roots, **choice).parts}


def edited(sources: Sources, old: str, new: str) -> Sources:
    """The sources with every `old` replaced; that there is one is checked."""
    if isinstance(sources, str):
        assert old in sources
        return sources.replace(old, new)
    assert any(old in text for text in sources.values())
    return {module: text.replace(old, new) for module, text in sources.items()}


def differ(before: Sources, after: Sources, *roots: str, **choice: str | list[str]) -> bool:
    """Whether a result is found to be of other code."""
    return reach_of(before, *roots, **choice).digest != reach_of(after, *roots, **choice).digest
