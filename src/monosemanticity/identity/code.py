"""The code of a result: the definitions that its stage reaches, told apart from those of another time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monosemanticity.errors import CodeError
from monosemanticity.identity.program import Program
from monosemanticity.identity.reach import Reach, digest
from monosemanticity.identity.syntax import Own

PACKAGE = __package__.partition(".")[0]

Definitions = dict[str, str]
"""A digest of each definition that a result depends on, by module and name."""


@dataclass(frozen=True)
class Code:
    """What is kept of it with a result."""

    digest: str
    definitions: Definitions


def code_of(roots: Collection[str], **choice: Collection[str]) -> Code:
    """What the named definitions ("trajectory.follow") reach, given the values of the fields that choose alternatives.

    Raises CodeError where a name is looked up in a way that cannot be followed.
    """
    return _code(tuple(roots), tuple(sorted((field, frozenset(values)) for field, values in choice.items())))


def reach_of(roots: Collection[str], choice: Mapping[str, frozenset[str]]) -> Reach:
    """The definitions themselves, and how each is come by."""
    places = [Own(f"{PACKAGE}.{module}", name) for module, _, name in (root.rpartition(".") for root in roots)]
    return Reach(_this_program(), places, choice)


@cache
def _code(roots: tuple[str, ...], choice: tuple[tuple[str, frozenset[str]], ...]) -> Code:
    reach = reach_of(roots, dict(choice))
    return Code(reach.digest, reach.definitions)


@cache
def _this_program() -> Program:
    folder = Path(__file__).parents[1]
    files = {path.relative_to(folder.parent).with_suffix(""): path for path in sorted(folder.rglob("*.py"))}
    return Program(
        PACKAGE,
        {".".join(name.parts).removesuffix(".__init__"): path.read_text("utf-8") for name, path in files.items()},
    )


def refuse_other(planned: str | None, now: Code) -> None:
    """Raise CodeError where the code is no longer the one that a job was planned with."""
    if planned not in (None, now.digest):
        raise CodeError(
            f"the code has changed while the workflow ran, from {planned} to {now.digest}; start snakemake again"
        )


def changes(before: Definitions, now: Definitions) -> list[str]:
    """What differs between the definitions behind a result and those of now, a line each; what only moved does not."""
    gone = {name: of for name, of in before.items() if now.get(name) != of}
    come = {name: of for name, of in now.items() if before.get(name) != of}
    moved = {_as_moved(*item) for item in gone.items()} & {_as_moved(*item) for item in come.items()}
    names = sorted(name for name in gone | come if _as_moved(name, (gone | come)[name]) not in moved)
    return [f"{name}: {_what_happened(name, before, now)}" for name in names]


def _as_moved(name: str, of: str) -> tuple[str, str]:
    return name.rpartition(".")[2], of


def _what_happened(name: str, before: Definitions, now: Definitions) -> str:
    if name not in before:
        return "newly reached"
    return "no longer reached" if name not in now else "changed"


__all__ = ["Code", "Definitions", "changes", "code_of", "digest", "reach_of", "refuse_other"]
