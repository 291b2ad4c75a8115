"""A package as its definitions: functions, constants, classes with their members, tables of alternatives.

Nothing of the package is imported or run: its files are parsed.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from monosemanticity.errors import CodeError
from monosemanticity.identity.syntax import (
    Binding,
    Canonical,
    External,
    Mention,
    Own,
    Reader,
    Surroundings,
    bound_in,
    imported,
)

QUIET_BASES = {"object", "abc.ABC", "typing.NamedTuple", "typing.Protocol", "Exception", "pydantic.BaseModel"}
"""Classes of other packages that call none of the methods of a class that inherits from them, but those of Python."""
QUIET_DECORATORS = ("abc.", "contextlib.", "dataclasses.", "functools.", "numba.", "typing.")
"""Where decorators come from that keep nothing of what they decorate for other code to find."""
CHANGING = {
    *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse"),
    *("setdefault", "sort", "update"),
}
"""Methods that change a list, a dict or a set."""
OF_CONSTRUCTION = {"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Part(NamedTuple):
    """What is read by itself: a function, a constant, a member of a class, an entry of a table."""

    place: Own
    """Named "function", "CONSTANT", "Class", "Class.member", "TABLE[key]"."""
    nodes: tuple[ast.AST, ...]
    of: Own | None = None
    """The class that it is, or is a member of."""

    @property
    def label(self) -> str:
        """What an attribute calls a member; nothing for what names mean."""
        return self.place.name.partition(".")[2]


class Program:
    """The definitions of a package, by place."""

    def __init__(self, package: str, sources: Mapping[str, str]) -> None:
        """Parse the text of each module, by its dotted name. Raises CodeError where names cannot be traced."""
        self._around = Surroundings(package, set(sources), {}, set())
        self._names: dict[str, dict[str, Binding]] = {}
        self._definitions: dict[Own, list[ast.AST]] = defaultdict(list)
        self._statements: dict[str, list[Part]] = defaultdict(list)
        for module, source in sources.items():
            self._parse(module, ast.parse(source))
        self._note_tables_and_loggers()
        self._note_decorated()
        self._writers: dict[Own, list[Part]] = defaultdict(list)
        for part in [*self.parts()]:
            for place in self._changed_by(part):
                self._writers[place].append(part)

    def _parse(self, module: str, tree: ast.Module) -> None:
        names = self._names[module] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                inside = node.level or node.module.partition(".")[0] == self._around.package
                if node.level or (inside and any(alias.name == "*" for alias in node.names)):
                    raise CodeError(
                        f"{module}, line {node.lineno}: what `{ast.unparse(node)}` brings cannot be traced;"
                        f" write `from {self._around.package}... import` and every name"
                    )
        for statement in tree.body:
            match statement:
                case ast.Import() | ast.ImportFrom():
                    names |= imported(statement, self._around)
                    continue
                case ast.Expr(value=ast.Constant()):
                    continue
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Assign() | ast.AnnAssign():
                    pass
                case _:
                    self._note_statement(module, statement)
            for name, binding in bound_in([statement], self._around).items():
                names[name] = Own(module, name)
                self._definitions[names[name]].append(statement)

    def _note_statement(self, module: str, statement: ast.AST) -> None:
        """What does something when the module is imported: it counts with every definition of the module."""
        number = len(self._statements[module]) + 1
        self._statements[module].append(Part(Own(module, f"<statement {number}>"), (statement,)))

    def _note_tables_and_loggers(self) -> None:
        for place, nodes in self._definitions.items():
            match nodes:
                case [ast.Assign(value=value) | ast.AnnAssign(value=value)]:
                    match value:
                        case ast.Dict(keys=keys) if keys and all(
                            isinstance(key, ast.Constant) and isinstance(key.value, str) for key in keys
                        ):
                            self._around.tables[place] = {key.value for key in keys}
                        case ast.Call(func=function) if self._meaning(place.module, function) == LOGGER:
                            self._around.loggers.add(place)

    def _note_decorated(self) -> None:
        """A decorator may keep what it decorates where other code finds it."""
        for place, nodes in [*self._definitions.items()]:
            for node in nodes:
                if isinstance(node, Function | ast.ClassDef) and not self._quietly_decorated(place.module, node):
                    self._note_statement(place.module, node)

    def _quietly_decorated(self, module: str, node: Function | ast.ClassDef) -> bool:
        return all(self._is_quiet(module, decorator) for decorator in node.decorator_list)

    def _is_quiet(self, module: str, decorator: ast.AST) -> bool:
        match self._meaning(module, decorator.func if isinstance(decorator, ast.Call) else decorator):
            case External(path="property" | "staticmethod" | "classmethod"):
                return True
            case External(path=path):
                return path.startswith(QUIET_DECORATORS) or path.endswith((".setter", ".deleter"))
            case Own() as place:
                match self._definitions.get(place):
                    case [ast.Assign(value=ast.Call() as made)]:
                        return self._is_quiet(place.module, made)
        return False

    def _meaning(self, module: str, node: ast.AST) -> Binding | None:
        return Reader(self._names[module], self._around).meaning(node, self._names[module])

    def _changed_by(self, part: Part) -> Iterator[Own]:
        """The constants of the package that a part seems to change."""
        for node in (inner for outer in part.nodes for inner in ast.walk(outer)):
            match node:
                case ast.Global(names=names):
                    yield from (Own(part.place.module, name) for name in names)
                case ast.Subscript(value=ast.Name() as target, ctx=ast.Store() | ast.Del()):
                    yield from self._constant(part.place.module, target)
                case ast.Attribute(value=ast.Name() as target, ctx=ast.Store() | ast.Del()):
                    yield from self._constant(part.place.module, target)
                case ast.Call(func=ast.Attribute(value=ast.Name() as target, attr=name)) if name in CHANGING:
                    yield from self._constant(part.place.module, target)

    def _constant(self, module: str, name: ast.Name) -> Iterator[Own]:
        match self._meaning(module, name):
            case Own() as place if (found := self.find(place)) and found.name:
                yield found

    def parts(self) -> Iterator[Part]:
        """Every part of the package."""
        for place, nodes in self._definitions.items():
            if class_ := self.class_at(place):
                yield from class_.members.values()
            else:
                yield Part(place, tuple(nodes))
        for statements in self._statements.values():
            yield from statements

    def find(self, place: Own) -> Own | None:
        """Where a name is defined, through re-exports; a module has no name."""
        if place in self._definitions or (not place.name and place.module in self._names):
            return place
        match self._names.get(place.module, {}).get(place.name):
            case Own() as elsewhere if elsewhere != place:
                return self.find(elsewhere)
        return None

    def definitions_of(self, module: str) -> list[Own]:
        """Every definition of a module."""
        return sorted(place for place in self._definitions if place.module == module)

    def part(self, place: Own) -> Part:
        """A function or a constant."""
        return Part(place, tuple(self._definitions[place]))

    @cache
    def class_at(self, place: Own) -> "Class | None":
        """The class that is defined at a place."""
        match self._definitions.get(place):
            case [ast.ClassDef() as node]:
                return Class(self, place, node)
        return None

    def entry(self, table: Own, key: str) -> Part:
        """One alternative of a table."""
        (node,) = self._definitions[table]
        (value,) = (value for name, value in zip(node.value.keys, node.value.values, strict=True) if name.value == key)
        return Part(Own(table.module, f"{table.name}[{key}]"), (value,))

    def keys(self, table: Own) -> set[str]:
        """The keys of a table of alternatives; of anything else none."""
        return self._around.tables.get(table, set())

    def beside(self, place: Own) -> list[Part]:
        """What counts with a definition though it does not mention it: statements of its module, and what changes it."""
        return self._statements[place.module] + self._writers.get(place, [])

    @cache
    def read(self, part: Part) -> Canonical:
        """The canonical form of a part."""
        reader = Reader(self._names[part.place.module], self._around)
        in_the_body = part.of and not (part.nodes and isinstance(part.nodes[0], Function))
        read = reader.read(part.nodes, self.class_at(part.of).members if in_the_body else ())
        if part.of and _speaks_of_its_class(part.nodes):
            read.mentions.append(Mention("value", part.of))
        return read

    @cache
    def types(self, alias: Own) -> list[Mention]:
        """The classes that a constant names which is used as an annotation."""
        reader = Reader(self._names[alias.module], self._around)
        return reader.types([node.value for node in self._definitions[alias] if hasattr(node, "value")])


LOGGER = External("logging.getLogger")


class Class:
    """A class's members, its bases, and what of it counts as soon as something is made of it."""

    def __init__(self, program: Program, place: Own, node: ast.ClassDef) -> None:
        self.place = place
        named: dict[str, list[ast.AST]] = defaultdict(list)
        for statement in node.body:
            for name in bound_in([statement], program._around):
                named[name].append(statement)
        self.members = {
            name: Part(Own(place.module, f"{place.name}.{name}"), tuple(nodes), of=place)
            for name, nodes in named.items()
        }
        meanings = [program._meaning(place.module, base) for base in node.bases]
        self.bases = [found for base in meanings if isinstance(base, Own) and (found := program.find(base))]
        outside = [base.path for base in meanings if isinstance(base, External)]
        self.validated = "pydantic.BaseModel" in outside or any(
            above.validated for base in self.bases if (above := program.class_at(base))
        )
        """Whether it is a pydantic model, whose fields are given by name and checked by their annotations."""
        quiet = QUIET_BASES.issuperset(outside) and None not in meanings
        self.implicit = [
            part
            for name, part in self.members.items()
            if not quiet
            or any(
                isinstance(node, Function) and not program._quietly_decorated(place.module, node) for node in part.nodes
            )
        ]
        """Members that other packages call."""
        fields = [statement for statement in node.body if not isinstance(statement, Function)]
        annotations = [field.annotation for field in fields if isinstance(field, ast.AnnAssign)]
        names = [
            ast.unparse(field.target) + (": ClassVar" if "ClassVar" in ast.unparse(field.annotation) else "")
            for field in fields
            if isinstance(field, ast.AnnAssign)
        ]
        made_of = annotations if self.validated else [ast.Constant(tuple(names))]
        self.head = Part(
            place, (*node.decorator_list, *node.bases, *node.keywords, ast.List(made_of), *fields), of=place
        )
        """Bases, decorators and fields."""


def _speaks_of_its_class(nodes: Iterable[ast.AST]) -> bool:
    """Whether a method may make something of its own class, whatever that is called."""
    names = (node for outer in nodes for node in ast.walk(outer) if isinstance(node, ast.Name))
    return any(node.id in ("cls", "type", "__class__") for node in names)
