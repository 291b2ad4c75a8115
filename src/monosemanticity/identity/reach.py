"""What a result depends on: the definitions that its stage can reach by name, and their digest."""

import json
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from monosemanticity.errors import CodeError
from monosemanticity.identity.digests import digest
from monosemanticity.identity.names import Binding, Own
from monosemanticity.identity.program import Class, Part, Program
from monosemanticity.identity.syntax import NAMING, Mention

OF_CONSTRUCTION = {"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__"}

Choice = Mapping[str, Collection[str]]
"""The values of the fields by which a result chooses among alternatives: {"activation": {"gelu"}}."""


class Reach:
    """The parts of a program that some of its definitions reach, in the order in which they are met.

    A name reaches the definition that it means. An attribute reaches the members of that name of every class that is
    reached. A pydantic model that only an annotation names is reached by its members alone: what is new of it counts
    only where it is used. An entry of a table of alternatives is reached alone where the choice says which it is.
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
        self._classes: dict[Own, Class] = {}
        self._attributes: dict[str, Own | None] = {}
        self._types: set[Own] = set()
        self._whole: dict[str, dict[str, Binding]] = {}
        """Modules that are mentioned as such, by their contents: all of them can be come by."""
        self._modules: set[str] = set()
        self.lacking: set[str] = set()
        """Entries that are chosen and that their tables do not have."""
        self._waiting: deque[Part] = deque()
        self._roots = [self._found(root, None) for root in roots]
        for root in self._roots:
            self._reach_value(root, None)
        while self._waiting:
            self._follow(self._waiting.popleft())

    def _follow(self, part: Part) -> None:
        read = self._program.read(part)
        for mention in read.means:
            for place in self._places(mention):
                self._reach_value(place, part.place)
        for mention in read.notes:
            match mention:
                case Mention("type", Own() as place):
                    self._reach_type(place, part.place)
                case Mention("made", Own() as place):
                    self._reach_value(place, part.place)
                case Mention("import", module):
                    self._run(module, part.place)
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
        self._run(part.place.module, part.place)
        self._reach_what_changes(part.place)

    def _add(self, part: Part, by: Own | None) -> None:
        if part.place not in self.parts:
            self.parts[part.place] = part
            self.mentioned_by[part.place] = by
            self._waiting.append(part)

    def _places(self, mention: Mention) -> list[Own]:
        """What is mentioned: a definition or a module, the entries that are chosen, or else the whole table."""
        if mention.how == "value":
            return [mention.what]
        table, keys = mention.what, self._program.keys(mention.what)
        chosen = set(self._choice.get(mention.field, ()))
        if mention.how == "entry if there" and chosen:
            chosen &= keys
        elif not chosen or not chosen <= keys:
            self.lacking |= {f"{spelled(table)}[{key}], which {mention.field} chooses" for key in chosen - keys}
            return [table]
        return [Own(table.module, f"{table.name}[{key}]") for key in sorted(chosen)]

    def _reach_value(self, place: Own, by: Own | None) -> None:
        table, bracket, key = place.name.removesuffix("]").partition("[")
        found = self._found(Own(place.module, table), by)
        if found.module in self._beside:
            for mention in self._program.returned(found) if found.name else ():
                self._reach_type(mention.what, by)
        elif bracket:
            self._add(self._program.entry(found, key), by)
        elif not found.name:
            if found.module not in self._whole:
                self._whole[found.module] = self._program.contents(found.module)
                self._run(found.module, by)
                for meant in self._whole[found.module].values():
                    if isinstance(meant, Own):
                        self._reach_value(meant, by)
        elif not (class_ := self._program.class_at(found)):
            self._add(self._program.part(found), by)
        elif found not in self.parts:
            self._add(class_.head, by)
            for base in class_.bases:
                self._reach_value(base, found)
            for part in class_.implicit:
                self._add(part, found)
            self._reach_members(found, class_, by)
            for name in filter(_is_pythons, sorted(class_.members)):
                self._add(class_.members[name], found)

    def _reach_type(self, place: Own, by: Own | None) -> None:
        found = self._found(place, by)
        if not found.name or found in self._types or found.module in self._beside:
            return
        self._types.add(found)
        if class_ := self._program.class_at(found):
            if class_.is_model and not class_.is_loud:
                self._reach_members(found, class_, by)
                for name in sorted(class_.members):
                    if _is_pythons(name) and name not in OF_CONSTRUCTION:
                        self._add(class_.members[name], found)
            else:
                self._reach_value(found, by)
        elif (types := self._program.types(found)) is None:
            self._reach_value(found, by)
        else:
            for mention in types:
                self._reach_type(mention.what, by)

    def _reach_members(self, place: Own, class_: Class, by: Own | None) -> None:
        """The members of a class, and of those that it inherits from, that attributes name: now and from now on."""
        if place not in self._classes:
            self._classes[place] = class_
            for base in class_.bases:
                self._reach_type(base, by)
            for name in sorted(class_.members.keys() & self._attributes.keys()):
                self._reach_member(class_, name)
            self._run(place.module, by)
            self._reach_what_changes(place)

    def _reach_member(self, class_: Class, name: str) -> None:
        if name in class_.members:
            self._add(class_.members[name], self._attributes[name])

    def _reach_what_changes(self, place: Own) -> None:
        for part in self._program.changing(place):
            self._reach_aside(part, place)

    def _run(self, module: str, by: Own | None) -> None:
        """What is done when a module is imported, and so when those are that it imports."""
        if module not in self._modules and module not in self._beside:
            self._modules.add(module)
            for part in self._program.effects(module):
                self._reach_aside(part, by)
            for other in self._program.imports(module):
                self._run(other, by)

    def _reach_aside(self, part: Part, by: Own | None) -> None:
        """What counts though nothing mentions it; of a class the class too."""
        if part.place.module not in self._beside:
            if part.of:
                self._reach_value(part.of, by)
            self._add(part, by)

    def _found(self, place: Own, by: Own | None) -> Own:
        if found := self._program.find(place):
            return found
        raise CodeError(f"{spelled(by)}: {spelled(place)} is defined nowhere that a reading of the code can find")

    @cached_property
    def digest(self) -> str:
        """Of every part and what its names mean: where parts stand and how they are called is no matter."""
        numbers = self._numbers()
        return digest([self._content(place, numbers) for place in numbers])

    def _content(self, place: Own, numbers: dict[Own, int]) -> list:
        """What is digested of a part, or of a class that is reached by its members alone."""
        if contents := self._whole.get(place.module if not place.name else ""):
            return [
                [name, self._shown(meant, numbers) if isinstance(meant, Own) else meant.path]
                for name, meant in contents.items()
            ]
        class_ = self._classes.get(place)
        above = [[numbers.get(base, base.name) for base in class_.bases], class_.outside] if class_ else []
        if place not in self.parts:
            return above
        part = self.parts[place]
        read = self._program.read(part)
        named = spelled(place) if NAMING & self._attributes.keys() else part.label
        means = [self._meant(mention, numbers) for mention in read.means]
        return [named, numbers.get(part.of), self._program.order(part), read.form, means, above]

    def _meant(self, mention: Mention, numbers: dict[Own, int]) -> list:
        """What a mention means; where some of the chosen entries may not be there, by their keys."""
        places = self._places(mention)
        shown = [self._shown(place, numbers) for place in places]
        keys = [place.name.partition("[")[2] for place in places]
        return [keys, shown] if mention.how == "entry if there" else shown

    def _shown(self, place: Own, numbers: dict[Own, int]) -> Any:
        """What a name means: the number of a part or of a module, or the name of what is not looked into."""
        return numbers.get(place, place.name or place.module.rpartition(".")[2])

    def _numbers(self) -> dict[Own, int]:
        """Every part and class by a number: in the order in which names lead from the roots to them, then the others.

        Annotations and attributes reach much, but give no order: it would change with them.
        """
        numbers: dict[Own, int] = {}
        self._number(self._roots, numbers)
        others = [place for place in {**self.parts, **self._classes} if place not in numbers]
        for place in sorted(others, key=self._sorted_by):
            self._number([place], numbers)
        return numbers

    def _number(self, places: Iterable[Own], numbers: dict[Own, int]) -> None:
        waiting = deque(places)
        while waiting:
            place = waiting.popleft()
            is_whole = not place.name and place.module in self._whole
            if place in numbers or not (is_whole or place in self.parts or place in self._classes):
                continue
            numbers[place] = len(numbers)
            if is_whole:
                waiting.extend(meant for meant in self._whole[place.module].values() if isinstance(meant, Own))
            if part := self.parts.get(place):
                for mention in self._program.read(part).means:
                    waiting.extend(self._places(mention))
                waiting.extend([part.of] if part.of else [])
            if class_ := self._classes.get(place):
                waiting.extend(class_.bases)
                waiting.extend(part.place for _, part in sorted(class_.members.items()))

    def _sorted_by(self, place: Own) -> str:
        """What puts parts that no name leads to in an order that their own names do not change."""
        parts = [self.parts[place]] if place in self.parts else self._classes[place].members.values()
        reached = [part for part in parts if part.place in self.parts]
        return json.dumps([[part.label, self._program.read(part).form, self._program.order(part)] for part in reached])

    @cached_property
    def definitions(self) -> dict[str, str]:
        """A digest of each part as it is written, for telling which of them have changed."""
        return {spelled(place): self._as_written(part) for place, part in self.parts.items()}

    def _as_written(self, part: Part) -> str:
        read = self._program.read(part)
        meant = [[place.name for place in self._places(mention)] for mention in read.means]
        return digest([part.of and part.of.name, read.form, meant])

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
