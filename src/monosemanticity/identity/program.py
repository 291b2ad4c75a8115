"""A package as its definitions: functions, constants, classes with their members, tables of alternatives.

Nothing of the package is imported or run: its files are parsed.
"""

import ast
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from monosemanticity.errors import CodeError
from monosemanticity.identity.changing import changes_in
from monosemanticity.identity.names import (
    Binding,
    External,
    Function,
    Import,
    Own,
    Surroundings,
    bound_in,
    modules_run,
    with_packages,
)
from monosemanticity.identity.syntax import Canonical, Mention, Reader

QUIET_BASES = {
    *("builtins.object", "builtins.Exception", "abc.ABC", "typing.NamedTuple", "typing.Protocol", "typing.Generic"),
    "pydantic.BaseModel",
}
"""Classes of other packages that call none of the methods of a class that inherits from them, but those of Python."""
ABSTRACT = External("abc.ABCMeta")


class Part(NamedTuple):
    """What is read by itself: a function, a constant, a class without its methods, a member, an entry of a table."""

    place: Own
    """Named "function", "CONSTANT", "Class", "Class.member", "TABLE[key]", "<statement 1>"."""
    nodes: tuple[ast.AST, ...]
    of: Own | None = None
    """The class that it is, or is a member of."""

    @property
    def is_statement(self) -> bool:
        """Whether it defines nothing, but does something."""
        return self.place.name.startswith("<")

    @property
    def label(self) -> str:
        """What an attribute calls a member; nothing for what names mean."""
        return self.place.name.partition(".")[2] if self.of else ""


@dataclass(frozen=True)
class Class:
    """A class by its parts."""

    node: ast.ClassDef
    head: Part
    """Decorators, bases and fields."""
    members: dict[str, Part]
    bases: list[Own]
    outside: list[str]
    """Bases of other packages."""
    is_model: bool
    """Whether it is a pydantic model."""
    is_loud: bool
    """Whether other packages may call its methods, or find it."""
    implicit: list[Part]
    """Members that count as soon as something is made of the class."""

    @property
    def built(self) -> bool:
        """Whether it is made from its annotations."""
        return self.is_model or self.is_loud


class Program:
    """The definitions of a package, by place."""

    def __init__(self, package: str, sources: Mapping[str, str]) -> None:
        """Parse the text of each module, by its dotted name. Raises CodeError where names cannot be traced."""
        self._around = Surroundings(package, {module: {} for module in sources}, {}, set(), set())
        self.definitions: dict[Own, tuple[ast.AST, ...]] = {}
        """The statements that bind a name of a module."""
        self._effects: dict[str, list[Part]] = defaultdict(list)
        self._steps: dict[str, list[int]] = defaultdict(list)
        self._imports: dict[str, list[str]] = {}
        self._classes: dict[Own, Class] = {}
        self._read: dict[Own, Canonical] = {}
        self._returned: dict[Own, list[Mention]] = {}
        for module, source in sources.items():
            try:
                self._parse(module, ast.parse(source))
            except CodeError as error:
                raise CodeError(f"{module}, {error}") from None
        self._note_constants()
        self._note_decorated()
        self._changing = changes_in(self)
        for table in self._around.tables.keys() & self._changing.keys():
            del self._around.tables[table]

    def _parse(self, module: str, tree: ast.Module) -> None:
        names = self._around.names[module]
        self._imports[module] = [part for part in with_packages(module) if part in self._around.names]
        bound: dict[str, list[tuple[ast.AST, Binding | None]]] = defaultdict(list)
        for statement, runs in self._statements(module, tree):
            if runs:
                for node in _run_at_once(statement):
                    self._imports[module] += modules_run(node, self._around)
            if runs and _does_something(statement):
                self._note_effect(Part(Own(module, f"<statement {len(self._effects[module]) + 1}>"), (statement,)))
            for name, binding in bound_in([statement], self._around).items():
                bound[name].append((statement, binding))
        for name, binders in bound.items():
            statements, meanings = zip(*binders, strict=True)
            if all(isinstance(statement, Import) for statement in statements) and len(set(meanings)) == 1:
                names[name] = meanings[0]
            else:
                names[name] = Own(module, name)
                self.definitions[names[name]] = statements
                if len(statements) > 1:
                    self._steps[module] += [statement.lineno for statement in statements]
            if f"{module}.{name}" in self._around.names and names[name] != Own(f"{module}.{name}"):
                raise CodeError(f"line {statements[0].lineno}: {name} is also a module; call one of them otherwise")

    def _statements(self, module: str, tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
        """The statements of a module, and whether they run: those for type checkers do not."""
        imports = [statement for statement in tree.body if isinstance(statement, Import)]
        reader = Reader(bound_in(imports, self._around), self._around)
        for statement in tree.body:
            match statement:
                case ast.If(test=test) if reader.meaning(test) == External("typing.TYPE_CHECKING"):
                    yield from ((inner, False) for inner in statement.body)
                    yield from ((inner, True) for inner in statement.orelse)
                case _:
                    yield statement, True

    def _note_effect(self, part: Part) -> None:
        """What does something when its module is imported: it counts with every definition of the module."""
        self._effects[part.place.module].append(part)
        self._steps[part.place.module] += [node.lineno for node in part.nodes]

    def _note_constants(self) -> None:
        """Tables of alternatives, loggers, and decorators that keep nothing."""
        for place, nodes in self.definitions.items():
            match nodes:
                case [ast.Assign(value=ast.Dict(keys=keys)) | ast.AnnAssign(value=ast.Dict(keys=keys))]:
                    texts = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
                    if keys and len(texts) == len(keys):
                        self._around.tables[place] = texts
                case [ast.Assign(value=ast.Call(func=function) as call)]:
                    reader = self.reader(place)
                    if reader.meaning(function) == External("logging.getLogger"):
                        self._around.loggers.add(place)
                    elif reader.is_quiet(call):
                        self._around.quiet.add(place)

    def _note_decorated(self) -> None:
        """A decorator may keep what it decorates where other code finds it; the body of a class may do anything."""
        for place, nodes in self.definitions.items():
            reader = self.reader(place)
            for node in nodes:
                in_a_class = node.body if isinstance(node, ast.ClassDef) else ()
                decorated = not all(map(reader.is_quiet, getattr(node, "decorator_list", ())))
                if decorated or any(map(_does_something, in_a_class)):
                    self._note_effect(class_.head if (class_ := self.class_at(place)) else self.part(place))
        for lines in self._steps.values():
            lines.sort()

    def reader(self, place: Own) -> Reader:
        """What reads a definition, where it stands."""
        return Reader(self._around.names[place.module], self._around)

    def lineage(self, place: Own) -> Iterator[tuple[Own, Class]]:
        """A class, and those of the package that it inherits from."""
        if class_ := self.class_at(place):
            yield place, class_
            for base in class_.bases:
                yield from self.lineage(base)

    def parts(self) -> Iterator[Part]:
        """Every part of the package."""
        for place in self.definitions:
            if class_ := self.class_at(place):
                yield class_.head
                yield from class_.members.values()
            else:
                yield self.part(place)
        for effects in self._effects.values():
            yield from (part for part in effects if part.is_statement)

    def find(self, place: Own) -> Own | None:
        """Where a name is defined, through re-exports; a module has no name."""
        found = self._around.resolved(place)
        is_module = isinstance(found, Own) and not found.name and found.module in self._around.names
        return found if is_module or found in self.definitions else None

    def contents(self, module: str) -> dict[str, Binding]:
        """What the names of a module mean, as others see them that have the module itself."""
        within = [whole.rpartition(".") for whole in self._around.names]
        names = {name: Own(f"{module}.{name}") for package, _, name in within if package == module}
        return {
            name: self._around.resolved(meant) for name, meant in sorted((names | self._around.names[module]).items())
        }

    def part(self, place: Own) -> Part:
        """A function or a constant."""
        return Part(place, self.definitions[place])

    def class_at(self, place: Own) -> Class | None:
        """The class that is defined at a place."""
        if place not in self._classes:
            match self.definitions.get(place):
                case [ast.ClassDef() as node]:
                    self._classes[place] = self._class(place, node)
                case _:
                    return None
        return self._classes[place]

    def _class(self, place: Own, node: ast.ClassDef) -> Class:
        named: dict[str, list[ast.AST]] = defaultdict(list)
        for statement in node.body:
            for name in bound_in([statement], self._around):
                named[name].append(statement)
        members = {
            name: Part(Own(place.module, f"{place.name}.{name}"), tuple(nodes), place) for name, nodes in named.items()
        }
        reader = self.reader(place)
        meanings = [reader.meaning(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases]
        bases = [base for base in meanings if isinstance(base, Own) and base in self.definitions and base != place]
        above = [class_ for base in bases if (class_ := self.class_at(base))]
        outside = [base.path for base in meanings if isinstance(base, External)]
        is_loud = (
            len(above) + len(outside) < len(node.bases)
            or not QUIET_BASES.issuperset(outside)
            or not all(map(reader.is_quiet, node.decorator_list))
            or any(key.arg == "metaclass" and reader.meaning(key.value) != ABSTRACT for key in node.keywords)
            or any(base.is_loud for base in above)
        )
        fields = [statement for statement in node.body if not isinstance(statement, Function)]
        return Class(
            node,
            head=Part(place, (*node.decorator_list, *node.bases, *node.keywords, *fields), place),
            members=members,
            bases=bases,
            outside=outside,
            is_model="pydantic.BaseModel" in outside or any(base.is_model for base in above),
            is_loud=is_loud,
            implicit=[
                part
                for part in members.values()
                if is_loud
                or not all(
                    reader.is_quiet(decorator, members)
                    for method in part.nodes
                    for decorator in getattr(method, "decorator_list", ())
                )
            ],
        )

    def entry(self, table: Own, key: str) -> Part:
        """One alternative of a table."""
        (node,) = self.definitions[table]
        (value,) = (value for name, value in zip(node.value.keys, node.value.values, strict=True) if name.value == key)
        return Part(Own(table.module, f"{table.name}[{key}]"), (value,))

    def keys(self, table: Own) -> set[str]:
        """The keys of a table of alternatives; of anything else none."""
        return self._around.tables.get(table, set())

    def changing(self, place: Own) -> list[Part]:
        """What counts with a definition though it does not mention it: what changes it."""
        return self._changing.get(place, []) + self._changing.get(Own(place.module), [])

    def effects(self, module: str) -> list[Part]:
        """What is done when a module is imported, beside definitions."""
        return self._effects.get(module, [])

    def imports(self, module: str) -> list[str]:
        """The modules that are run before one."""
        return self._imports[module]

    def order(self, part: Part) -> list[int]:
        """Where a part stands among what its module does, if that does anything but to define each name once."""
        lines = self._steps.get(part.place.module)
        if not lines or (part.of and part.of != part.place):
            return []
        nodes = self.definitions.get(part.place, part.nodes)
        return [bisect(lines, node.lineno) for node in nodes if _runs(node)]

    def read(self, part: Part) -> Canonical:
        """The canonical form of a part."""
        if part.place not in self._read:
            self._read[part.place] = self._read_anew(part)
        return self._read[part.place]

    def _read_anew(self, part: Part) -> Canonical:
        reader = self.reader(part.place)
        class_ = self.class_at(part.of) if part.of else None
        if not class_:
            return reader.read(part.nodes)
        if part == class_.head:
            return reader.read_head(class_.node, class_.built)
        read = reader.read(part.nodes, class_.members)
        if class_.is_model and _speaks_of_its_class(part.nodes):
            read.means.append(Mention("value", part.of))
        return read

    def types(self, place: Own) -> list[Mention] | None:
        """The classes that a constant stands for where it is an annotation; nothing where that cannot be told."""
        nodes = self.definitions[place]
        if all(isinstance(node, Function) for node in nodes):
            return []
        if all(isinstance(node, ast.Assign | ast.AnnAssign) and not isinstance(node.value, ast.Call) for node in nodes):
            return self.reader(place).types([node.value for node in nodes])
        return None

    def returned(self, place: Own) -> list[Mention]:
        """The classes that a function says to return, or a class's methods, or that its fields are said to be of."""
        if place not in self._returned:
            nodes = list(self.definitions[place])
            nodes += [inner for node in nodes if isinstance(node, ast.ClassDef) for inner in node.body]
            self._returned[place] = self.reader(place).types(
                node.returns if isinstance(node, Function) else getattr(node, "annotation", None) for node in nodes
            )
        return self._returned[place]


def _does_something(statement: ast.stmt) -> bool:
    """Whether it does more than to define names."""
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()) | ast.Pass():
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.Assign(targets=targets):
            return not all(map(_is_plain, targets))
        case ast.AnnAssign(target=target):
            return not _is_plain(target)
    return True


def _runs(node: ast.AST) -> bool:
    """Whether anything is computed where it stands."""
    return not isinstance(node, Function) or bool(node.decorator_list or node.args.defaults or node.args.kw_defaults)


def _is_plain(target: ast.expr) -> bool:
    match target:
        case ast.Name(id=name):
            return name != "_"
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            return all(map(_is_plain, targets))
    return False


def _run_at_once(statement: ast.AST) -> Iterator[Import]:
    """The imports that a statement of a module runs."""
    if isinstance(statement, Import):
        yield statement
    elif not isinstance(statement, Function | ast.expr):
        for child in ast.iter_child_nodes(statement):
            yield from _run_at_once(child)


def _speaks_of_its_class(nodes: Iterable[ast.AST]) -> bool:
    """Whether a method may make something of its own class, whatever that is called."""
    spoken = {getattr(node, "id", getattr(node, "attr", "")) for outer in nodes for node in ast.walk(outer)}
    return not spoken.isdisjoint({"cls", "type", "__class__"})
