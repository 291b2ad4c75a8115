"""What changes a definition from elsewhere: the parts of a program that count with it though it does not mention them.

Nobody can see all of it: a list that a function is given and changes there, or that has another name for a while.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from monosemanticity.identity.lookups import UNKNOWN
from monosemanticity.identity.names import External, Function, Own, nodes_in

if TYPE_CHECKING:
    from monosemanticity.identity.program import Part, Program

CHANGING = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "fill", "insert", "move_to_end"),
    *("pop", "popitem", "popleft", "put", "remove", "resize", "reverse", "rotate", "setdefault", "setflags", "sort"),
    *("update", "difference_update", "intersection_update", "symmetric_difference_update", "register"),
    *("setattr", "delattr", "setitem", "delitem", "heappush", "heappop", "heapify", "insort", "shuffle", "copyto"),
}
"""What changes a list, a dict, a set, an array, given it or as its method; those of tensors end in an underscore."""
WATCHED = {ast.Global, ast.Subscript, ast.Attribute, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}
"""What a change is to be seen in."""


def changes_in(program: "Program") -> dict[Own, list["Part"]]:
    """The parts that seem to change a definition, or to be kept by it, by its place; of a module, any of its names."""
    changing = defaultdict(list)
    for part in program.parts():
        for place in filter(None, _Changes(program, part).of_part()):
            changing[place].append(part)
    changers = {place for parts in changing.values() for part in parts for place in (part.place, part.of) if place}
    for place, nodes in program.definitions.items():  # a constant that is made by what changes another
        for call in nodes_in(node for node in nodes if not isinstance(node, Function | ast.ClassDef)):
            if isinstance(call, ast.Call):
                called = _Changes(program, program.part(place)).owner(call.func)
                if called in changers:
                    changing[called].append(program.part(place))
    return changing


class _Changes:
    """What one part changes."""

    def __init__(self, program: "Program", part: "Part") -> None:
        self._program, self._part = program, part
        self._reader = program.reader(part.place)
        self._locals: set[str] | None = None

    def of_part(self) -> Iterator[Own | None]:
        part = self._part
        for node in nodes_in(part.nodes):
            if type(node) in WATCHED:
                yield from self._by(node)
        if part.of == part.place:
            yield from self._by(self._program.class_at(part.of).node)
            yield from self._sees_it_made()
        if part.is_statement:
            for node in (inner for outer in part.nodes for inner in ast.walk(outer)):
                if isinstance(meant := self._reader.meaning(node), Own):
                    yield meant

    def _by(self, node: ast.AST) -> Iterator[Own | None]:
        match node:
            case ast.Global(names=names):
                yield from (Own(self._part.place.module, name) for name in names)
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield self.owner(node)
            case ast.Call(func=ast.Attribute(attr=name, value=value)) if changed := self.owner(value):
                of_an_object = changed.name or isinstance(value, ast.Call)  # and not a function of a module
                changes = name in CHANGING or name.endswith("_") or self._is_object(changed)
                yield changed if of_an_object and changes else None
            case ast.Call(func=ast.Attribute() | ast.Name() as function, args=[value, *_]):
                match self._reader.meaning(function):
                    case External(path=path) if path.rpartition(".")[2] in CHANGING and not path.startswith(UNKNOWN):
                        yield self.owner(value)
            case ast.FunctionDef(decorator_list=decorators) | ast.ClassDef(decorator_list=decorators):
                yield from (self.owner(each) for each in decorators if not self._reader.is_quiet(each))

    def owner(self, node: ast.AST) -> Own | None:
        """The definition whose object an expression is, or is a part of; or the module."""
        chain = list(_chain(node))
        match chain[-1]:
            case ast.Name(id="globals"):
                return Own(self._part.place.module)
            case ast.Name(id="cls" | "type"):
                return self._part.of
            case ast.Name(id=name) if self._reader.knows(name):
                for meant in map(self._reader.meaning, chain):
                    if isinstance(meant, Own) and (meant in self._program.definitions or not meant.name):
                        return None if self._is_local(name) else self._behind(meant)
        return self._part.of if any(getattr(inner, "attr", "") == "__class__" for inner in chain) else None

    def _is_local(self, name: str) -> bool:
        if self._locals is None:
            functions = [node for node in self._part.nodes if isinstance(node, Function)]
            self._locals = {name for each in functions for name in self._reader.bound_in(each)}
        return name in self._locals

    def _is_object(self, place: Own) -> bool:
        """Whether a constant is made by the package and no tuple, so that any of its methods may change it."""
        match self._program.definitions.get(place):
            case [ast.Assign(value=ast.Call(func=function)) | ast.AnnAssign(value=ast.Call(func=function))]:
                made_by = self._program.reader(place).meaning(function)
                class_ = self._program.class_at(made_by) if isinstance(made_by, Own) else None
                return isinstance(made_by, Own) and not (class_ and "typing.NamedTuple" in class_.outside)
        return False

    def _behind(self, place: Own) -> Own:
        """What a constant is another name of; itself where it is none."""
        passed = set()
        while place not in passed:
            passed.add(place)
            match self._program.definitions.get(place):
                case [ast.Assign(value=ast.Name() | ast.Attribute() as other)]:
                    match self._program.reader(place).meaning(other):
                        case Own() as further if further in self._program.definitions:
                            place = further
        return place

    def _sees_it_made(self) -> Iterator[Own]:
        """Of a class: its metaclass, and what it inherits from and is told of it."""
        for place, class_ in self._program.lineage(self._part.place):
            if place != self._part.place and "__init_subclass__" in class_.members:
                yield place
            for keyword in class_.node.keywords:
                meant = self._program.reader(place).meaning(keyword.value)
                if keyword.arg == "metaclass" and isinstance(meant, Own):
                    yield meant


def _chain(node: ast.AST | None) -> Iterator[ast.AST]:
    """An expression, what that is an attribute, an item or a result of, and so on."""
    while node:
        yield node
        match node:
            case ast.Call(func=ast.Name(id="vars"), args=[inner]) | ast.Call(func=inner):
                node = inner
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                node = inner
            case _:
                node = None
