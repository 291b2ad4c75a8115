"""What a result depends on: the definitions that its stage can reach by name, and their digest."""

import hashlib
import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from monosemanticity.errors import CodeError
from monosemanticity.identity.program import OF_CONSTRUCTION, Class, Part, Program
from monosemanticity.identity.syntax import Mention, Own

DIGEST_LENGTH = 16

Choice = Mapping[str, frozenset[str]]
"""The values of the fields by which a result chooses among alternatives: {"activation": {"gelu"}}."""


class Reach:
    """The parts of a program that some of its definitions reach, in the order in which they are met.

    A name reaches the definition that it means. An attribute reaches the members of that name of every class that is
    reached. A class that only an annotation names is reached by its members alone. An entry of a table of alternatives
    is reached alone where the choice says which it is.
    """

    def __init__(
        self, program: Program, roots: Iterable[Own], choice: Choice, beside: Collection[str] = frozenset()
    ) -> None:
        """Follow names from some definitions on, but not into modules that are known to change no result.

        Raises CodeError where a name is looked up in a way that no reading of the code can follow.
        """
        self._program, self._choice, self._beside = program, choice, beside
        self.parts: dict[Own, Part] = {}
        self.mentioned_by: dict[Own, Own | None] = {}
        """For each part the part by which it was met first: the shortest chain back to a root."""
        self._made: set[Own] = set()
        self._classes: dict[Own, Class] = {}
        self._attributes: dict[str, Own | None] = {}
        self._waiting: deque[Part] = deque()
        for root in roots:
            self._reach_value(root, None)
        while self._waiting:
            self._follow(self._waiting.popleft())

    def _follow(self, part: Part) -> None:
        for mention in self._program.read(part).mentions:
            match mention:
                case Mention("value", Own() as place):
                    self._reach_value(place, part.place)
                case Mention("type", Own() as place):
                    self._reach_type(place, part.place)
                case Mention("entry", Own() as table, chosen_by):
                    for place in self._entries(table, chosen_by):
                        self._reach_value(place, part.place)
                case Mention("attribute", name) if name not in self._attributes:
                    self._attributes[name] = part.place
                    for class_ in self._classes.values():
                        self._reach_member(class_, name)
                case Mention("dynamic", what):
                    raise CodeError(
                        f"{spelled(part.place)}: {what} looks a name up that no reading of the code can follow, so that"
                        " what results depend on cannot be known; name it, or choose it from a table"
                        " {key: definition}"
                    )
        for other in self._program.beside(part.place):
            self._add(other, part.place)

    def _add(self, part: Part, by: Own | None) -> None:
        if part.place not in self.parts:
            self.parts[part.place] = part
            self.mentioned_by[part.place] = by
            self._waiting.append(part)

    def _reach_value(self, place: Own, by: Own | None) -> None:
        if "[" in place.name:
            table, _, key = place.name.removesuffix("]").partition("[")
            self._add(self._program.entry(Own(place.module, table), key), by)
            return
        found = self._found(place, by)
        if found.module in self._beside:
            return
        if not found.name:
            for definition in self._program.definitions_of(found.module):
                self._reach_value(definition, by)
        elif not (class_ := self._program.class_at(found)):
            self._add(self._program.part(found), by)
        elif found not in self._made:
            self._made.add(found)
            self._add(class_.head, by)
            for base in class_.bases:
                self._reach_value(base, found)
            for part in class_.implicit:
                self._add(part, found)
            for name in filter(_is_pythons, sorted(class_.members)):
                self._add(class_.members[name], found)
            self._reach_type(found, by)

    def _reach_type(self, place: Own, by: Own | None) -> None:
        found = self._found(place, by)
        if not found.name or found in self._classes or found.module in self._beside:
            return
        if not (class_ := self._program.class_at(found)):
            for mention in self._program.types(found):
                self._reach_type(mention.what, by)
            return
        self._classes[found] = class_
        for base in class_.bases:
            self._reach_type(base, by)
        for name in sorted(class_.members):
            if name in self._attributes or (_is_pythons(name) and name not in OF_CONSTRUCTION):
                self._reach_member(class_, name)

    def _reach_member(self, class_: Class, name: str) -> None:
        if name in class_.members:
            self._add(class_.members[name], self._attributes.get(name, class_.place))

    def _entries(self, table: Own, chosen_by: str) -> list[Own]:
        """The entries that are chosen, or the whole table where that is not known."""
        table = self._found(table, None)
        keys = self._program.keys(table)
        chosen = {chosen_by} if chosen_by in keys else self._choice.get(chosen_by, set())
        if not chosen or not chosen <= keys:
            return [table]
        return [Own(table.module, f"{table.name}[{key}]") for key in sorted(chosen)]

    def _found(self, place: Own, by: Own | None) -> Own:
        if found := self._program.find(place):
            return found
        raise CodeError(f"{spelled(by)}: {spelled(place)} is defined nowhere that a reading of the code can find")

    @cached_property
    def digest(self) -> str:
        """Of every part and of which part each mention means: where parts stand and how they are called is no matter."""
        number = {place: number for number, place in enumerate(self.parts)}
        program = []
        for part in self.parts.values():
            read = self._program.read(part)
            means = [[number[place] for place in self._meant(mention) if place in number] for mention in read.mentions]
            program.append([part.label, read.form, means])
        return digest(program)

    def _meant(self, mention: Mention) -> Iterator[Own]:
        match mention:
            case Mention("value", Own() as place):
                found = self._found(place, None)
                yield from [found] if found.name else self._program.definitions_of(found.module)
            case Mention("entry", Own() as table, chosen_by):
                yield from self._entries(table, chosen_by)

    @cached_property
    def definitions(self) -> dict[str, str]:
        """A digest of each part as it is written, for telling which of them have changed."""
        return {spelled(place): self._as_written(part) for place, part in self.parts.items()}

    def _as_written(self, part: Part) -> str:
        read = self._program.read(part)
        return digest([read.form, [place.name for mention in read.mentions for place in self._meant(mention)]])

    def chain(self, name: str) -> list[str]:
        """From a root to a part, each mentioned by the one before it; nothing where the part is not reached."""
        place = next((place for place in self.parts if spelled(place) == name), None)
        chain = []
        while place:
            chain.append(spelled(place))
            place = self.mentioned_by.get(place)
        return chain[::-1]


def _is_pythons(name: str) -> bool:
    """Whether a method is called by Python itself."""
    return name.startswith("__") and name.endswith("__")


def spelled(place: Own | None) -> str:
    """A place as it is shown: its module within the package, and its name."""
    if place is None:
        return "the stage"
    module = place.module.partition(".")[2]
    return ".".join(filter(None, [module, place.name]))


def digest(content: object) -> str:
    """A digest of nested lists, mappings, text and numbers."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:DIGEST_LENGTH]
