"""The code of a stage's results: the definitions that it reaches, told apart from those of another time."""

import hashlib
import json
import os
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

from monosemanticity.errors import CodeError
from monosemanticity.identity.names import Own
from monosemanticity.identity.program import Program
from monosemanticity.identity.reach import Reach

FOLDER = Path(__file__).parents[1]
PACKAGE = FOLDER.name
KEPT = Path(cache_from_source(str(FOLDER / "digests.py"))).with_suffix(".json")
"""Digests that were found, where Python keeps its bytecode and trusted alike: while no byte of the package changes."""

Definitions = dict[str, str]
"""A digest of each definition that a result depends on, by module and name."""

_digests: dict[str, str] = {}
"""What is known of this process's code: found by analysis, or planned and told by `remember`."""


@dataclass(frozen=True)
class Code:
    """What named definitions ("training.trajectory.follow") reach, given the values of fields that choose alternatives.

    Whatever asks for what is reached raises CodeError where a name is looked up in a way that cannot be followed.
    """

    roots: tuple[str, ...]
    choice: tuple[tuple[str, frozenset[str]], ...]
    beside: frozenset[str]
    """Modules that are known to change no result, and are not looked into."""

    @property
    def key(self) -> str:
        """The stage and the choice, as text."""
        return json.dumps([self.roots, [[field, sorted(values)] for field, values in self.choice]])

    @property
    def digest(self) -> str:
        """Of what this process's code reaches; found once, and not at all where it was planned or is kept."""
        if self.key not in _digests and self.key in _kept():
            _digests[self.key] = _kept()[self.key]
        if self.key not in _digests:
            if lacking := sorted(self.reach().lacking):
                raise CodeError(f"there is no {lacking[0]}: add it, or choose another; nothing was started")
            _digests[self.key] = self.reach().digest
        return _digests[self.key]

    @property
    def definitions(self) -> Definitions:
        """What is kept of it with the results."""
        return self.reach().definitions

    def digest_in(self, earlier: Program) -> str:
        """Of what another program reaches; nothing where that has no such stage."""
        try:
            return self.reach(earlier).digest
        except CodeError:
            return ""

    def definitions_in(self, earlier: Program) -> Definitions:
        """What another program reaches; nothing where that has no such stage."""
        try:
            return self.reach(earlier).definitions
        except CodeError:
            return {}

    def reach(self, program: Program | None = None) -> Reach:
        """The definitions themselves, of this process's code or of another program, and how each is come by."""
        return _reach(self, program or this_program())


def code_of(roots: Collection[str], beside: Collection[str], **choice: Collection[str]) -> Code:
    """The code of a stage's results."""
    chosen = tuple(sorted((field, frozenset(values)) for field, values in choice.items()))
    return Code(tuple(roots), chosen, frozenset(beside))


def known() -> dict[str, str]:
    """Every digest of code that this process has found, to be told to another."""
    return dict(_digests)


def remember(digests: Mapping[str, str]) -> None:
    """Take digests of code as planned, so that they need not be found again."""
    _digests.update(digests)


def keep() -> None:
    """Keep what this process has found for later ones, where Python may keep bytecode."""
    if sys.dont_write_bytecode or _digests.keys() <= _kept().keys():
        return
    aside, kept = KEPT.with_suffix(f".{os.getpid()}"), {"fingerprint": fingerprint(), "digests": _kept() | _digests}
    with suppress(OSError):  # the package may not be ours to write to
        try:
            aside.write_text(json.dumps(kept), encoding="utf-8")
            aside.replace(KEPT)
        finally:
            aside.unlink(missing_ok=True)


@cache
def _kept() -> dict[str, str]:
    try:
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
        return dict(kept["digests"]) if kept["fingerprint"] == fingerprint() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def fingerprint() -> str:
    """Of every byte of the package: as long as it is the same, so is all code."""
    content = hashlib.sha256()
    for path, text in _snapshot().items():
        content.update(path.as_posix().encode() + b"\0" + text + b"\0")
    return content.hexdigest()


@cache
def _reach(code: Code, program: Program) -> Reach:
    places = [Own(f"{PACKAGE}.{module}", name) for module, _, name in (root.rpartition(".") for root in code.roots)]
    return Reach(program, places, dict(code.choice), {f"{PACKAGE}.{module}" for module in code.beside})


@cache
def this_program() -> Program:
    """The code of this process."""
    return program_of(texts())


def texts() -> dict[Path, str]:
    """The package's source files, by their paths in it."""
    return {path: text.decode("utf-8") for path, text in _snapshot().items()}


def program_of(texts: Mapping[Path, str]) -> Program:
    """Source files of the package as its definitions."""
    modules = {".".join([PACKAGE, *path.with_suffix("").parts]): text for path, text in texts.items()}
    return Program(PACKAGE, {name.removesuffix(".__init__"): text for name, text in modules.items()})


@cache
def _snapshot() -> dict[Path, bytes]:
    """The package's source files, read once: what is found of them is all of one moment."""
    return {path.relative_to(FOLDER): path.read_bytes() for path in sorted(FOLDER.rglob("*.py"))}


def changes(before: Definitions, now: Definitions) -> dict[str, str]:
    """What became of each definition that is not the same behind two results; what only moved is left out."""
    gone = {name: _as_moved(name, of) for name, of in before.items() if name not in now}
    come = {name: _as_moved(name, of) for name, of in now.items() if name not in before}
    moved = set(gone.values()) & set(come.values())
    others = [name for name, of in (gone | come).items() if of not in moved]
    names = sorted([*others, *(name for name in before.keys() & now.keys() if before[name] != now[name])])
    return {name: _what_happened(name, before, now) for name in names}


def _as_moved(name: str, of: str) -> tuple[str, str]:
    return name.rpartition(".")[2], of


def _what_happened(name: str, before: Definitions, now: Definitions) -> str:
    if name not in before:
        return "newly reached"
    return "no longer reached" if name not in now else "changed"
