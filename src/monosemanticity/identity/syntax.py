"""A definition in canonical form, and what it mentions: the part of the analysis that knows Python's syntax.

Left out, as no result depends on it: comments, docstrings, layout, annotations, the text of errors and of log lines.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Set
from functools import cache
from typing import Any, Literal, NamedTuple

from monosemanticity.identity.digests import digest
from monosemanticity.identity.lookups import HIDDEN, UNKNOWN, is_dynamic, looked_up
from monosemanticity.identity.names import (
    Binding,
    External,
    Function,
    Import,
    Names,
    Own,
    Surroundings,
    bound_in,
    imported,
    modules_run,
    nodes_in,
)

NAMING = {"__name__", "__qualname__", "__module__", "__file__", "__package__"}
"""By what code asks how a definition is called, or where it stands."""
BUILTINS = frozenset(dir(builtins)) - {"__doc__", "__name__", "__package__", "__spec__", "__loader__"}

NOT_BEHAVIOUR = {"pydantic.Field": {"description", "examples", "title"}}
"""Arguments that only tell a reader what a field is."""
QUIET_DECORATORS = ("abc.", "contextlib.", "dataclasses.", "functools.", "numba.njit", "numba.vectorize", "typing.")
"""Where decorators come from that keep nothing of what they decorate for other code to find."""
OF_FIELDS = {"ClassVar", "InitVar", "KW_ONLY"}
"""Annotations that make of a field something else than a field."""
IN_FORMATS = re.compile(r"{\w*((?:\.\w+|\[\w+\])+)")
"""The attributes that a format asks for: "{0.name}"."""
ACTING = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
"""Expressions that do more than to give a value."""

TYPE = (External("builtins.type"), External("typing.Type"))


class Scope(NamedTuple):
    """What names mean at some place of a module."""

    names: Names
    outside: Names | None = None
    """In the body of a class: what names mean in its functions, which do not see the names of the body."""
    built: bool = False
    """Whether it is the body of a class that is made from its annotations."""
    given: Set[str] = frozenset()
    """Arguments that keep the value they came with."""

    @property
    def seen(self) -> Names:
        """What names mean in functions that are defined here."""
        return self.names if self.outside is None else self.outside


class Mention(NamedTuple):
    """Something that a definition mentions."""

    how: Literal["value", "entry", "entry if there", "import", "type", "made", "attribute", "dynamic"]
    what: Own | str
    field: str = ""
    """Of an entry of a table of alternatives: the field of a run that is its key."""


class Canonical(NamedTuple):
    """What a definition does, without what does not count."""

    form: str
    """A digest of its syntax, in which ["mention", i] stands for means[i]."""
    means: list[Mention]
    """What its names mean: definitions, modules, entries of tables."""
    notes: list[Mention]
    """What it reaches in other ways: attributes, the classes of annotations, imports."""


class Reader:
    """Reads syntax trees of one module."""

    def __init__(self, names: Names, around: Surroundings) -> None:
        self._names, self._around = names, around
        self._means: dict[Mention, int] = {}
        self._notes: dict[Mention, None] = {}
        self._elsewhere = True
        """Whether anything that is read binds names of other functions, or of the module."""

    def read(self, nodes: Iterable[ast.AST], members: Iterable[str] | None = None) -> Canonical:
        """Some statements or expressions of the module, or of the body of a class whose members are given."""
        nodes = list(nodes)
        self._elsewhere = any(isinstance(node, ast.Global | ast.Nonlocal) for node in nodes_in(nodes))
        return self._canonical(self._form(nodes, self._scope(members)))

    def read_head(self, node: ast.ClassDef, built: bool) -> Canonical:
        """A class without its methods; `built` says whether it is made from its annotations."""
        fields = [statement for statement in node.body if not isinstance(statement, Function)]
        return self._canonical(self._class(node, fields, built, Scope(self._names)))

    def _canonical(self, form: list) -> Canonical:
        return Canonical(digest(form), list(self._means), list(self._notes))

    def types(self, annotations: Iterable[ast.AST | None]) -> list[Mention]:
        """The classes of the package that annotations name."""
        for annotation in annotations:
            self._note_types(annotation, Scope(self._names))
        return list(self._notes)

    def is_quiet(self, decorator: ast.AST, members: Iterable[str] | None = None) -> bool:
        """Whether a decorator keeps nothing of what it decorates for other code to find."""
        return self._is_quiet(decorator, self._scope(members))

    def knows(self, name: str) -> bool:
        """Whether it is a name of the module."""
        return name in self._names

    def bound_in(self, function: Function) -> set[str]:
        """The names that are a function's own."""
        arguments = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
        elsewhere = {name for each in nodes_in(function.body) if isinstance(each, ast.Global) for name in each.names}
        return (arguments | bound_in(function.body, self._around).keys()) - elsewhere

    def _scope(self, members: Iterable[str] | None) -> Scope:
        return Scope(self._names) if members is None else _of_a_class(members, self._names)

    def meaning(self, node: ast.AST | None, scope: Scope | None = None) -> Binding | None:
        """What a dotted name means; None where it starts at a local variable, or is no such name."""
        names = scope.names if scope else self._names
        match node:
            case ast.Name(id=name) if name in names:
                return self._around.resolved(names[name])
            case ast.Name(id=name):
                return External(f"{'builtins' if name in BUILTINS else UNKNOWN}.{name}")
            case ast.Attribute(value=value, attr=name):
                match self.meaning(value, scope):
                    case External(path=path):
                        return External(f"{path}.{name}")
                    case Own(module=module, name=""):
                        return self._around.resolved(self._around.meant(module, name))
        return None

    def _form(self, node: Any, scope: Scope) -> Any:
        match node:
            case list():
                return [self._form(item, scope) for item in node if not self._does_nothing(item, scope)]
            case ast.Name(id=name) if name in NAMING and name not in scope.names:
                return ["named", self._attribute(name)]
            case ast.Name() | ast.Attribute() if binding := self.meaning(node, scope):
                return self._bound(binding)
            case ast.Name(id=name, ctx=ast.Load()) if scope.outside is not None:
                return ["local", self._attribute(name), self._outside(node, scope)]
            case ast.Name(id=name):
                return ["local", name]
            case ast.Attribute(value=value, attr=name):
                return ["attribute", self._form(value, scope), self._attribute(name)]
            case ast.Subscript(ctx=ast.Load()) if entry := self._entry(node, scope):
                return entry
            case ast.Call():
                return self._entry_if_there(node, scope) or self._call(node, scope)
            case ast.Raise(exc=ast.Call(func=error, args=arguments, keywords=keywords)):
                given = [None if _is_text(part) else self._form(part, scope) for part in (*arguments, *keywords)]
                return ["raise", self._form(error, scope), given]
            case ast.Raise(exc=error):
                return ["raise", self._form(error, scope)]
            case ast.Assert(test=test):
                return ["assert", self._form(test, scope)]
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                self._note_types(annotation, scope)
                kept = self._built_from(annotation, scope) if scope.built else _special(annotation)
                return ["annotated", self._form(target, scope), self._form(value, scope), kept]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                return ["def", self._form(ast.Name(name, ast.Store()), scope), self._function(node, scope)]
            case ast.Lambda():
                return self._function(node, scope)
            case ast.ClassDef():
                return self._class(node, node.body, True, scope)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Import() | ast.ImportFrom():
                return self._import(node, scope)
            case ast.Global(names=names):
                return ["global", [self._form(ast.Name(name, ast.Load()), Scope(self._names)) for name in names]]
            case ast.AST():
                for name in _attributes_in(node):
                    self._attribute(name)
                fields = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
                return [type(node).__name__, *([name, self._form(value, scope)] for name, value in fields)]
            case _:
                return repr(node)

    def _mention(self, mention: Mention) -> list:
        return ["mention", self._means.setdefault(mention, len(self._means))]

    def _bound(self, binding: Binding) -> list:
        if isinstance(binding, Own):
            return self._mention(Mention("value", binding))
        if is_dynamic(binding.path):
            self._notes[Mention("dynamic", binding.path)] = None
        return ["external", binding.path]

    def _outside(self, name: ast.Name, scope: Scope) -> Any:
        """What a name of the body of a class means where the body has not bound it yet."""
        match self.meaning(name, Scope(scope.seen)):
            case Own() as binding:
                return self._bound(binding)
            case External(path=path) if not path.startswith(UNKNOWN):
                return path
        return None

    def _attribute(self, name: str) -> str:
        self._notes[Mention("dynamic" if name in HIDDEN else "attribute", name)] = None
        return name

    def _note_types(self, annotation: ast.AST | None, scope: Scope) -> None:
        """Note the classes that an annotation names: their methods may be called, and of `type[Class]` Class itself.

        What `Literal[tuple(TABLE)]` names are the keys of a table, and none of what stands under them.
        """
        nodes = list(_with_text_parsed(annotation))
        literal = [node.slice for node in nodes if isinstance(node, ast.Subscript) and self._is_literal(node, scope)]
        keys = {inner for call in literal if isinstance(call, ast.Call) for inner in ast.walk(call)}
        for node in nodes:
            if node in keys:
                continue
            if isinstance(node, ast.Name | ast.Attribute):
                if isinstance(binding := self.meaning(node, scope), Own):
                    self._notes[Mention("type", binding)] = None
            elif isinstance(node, ast.Subscript) and self.meaning(node.value, scope) in TYPE:
                for binding in self._named_in(node.slice, scope):
                    self._notes[Mention("made", binding)] = None

    def _is_literal(self, node: ast.Subscript, scope: Scope) -> bool:
        return self.meaning(node.value, scope) == External("typing.Literal")

    def _built_from(self, annotation: ast.AST | None, scope: Scope) -> Any:
        """An annotation that something is made of."""
        for binding in self._named_in(annotation, scope):
            self._mention(Mention("value", binding))
        return self._form(annotation, scope)

    def _named_in(self, annotation: ast.AST | None, scope: Scope) -> Iterator[Own]:
        for node in _with_text_parsed(annotation):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(binding := self.meaning(node, scope), Own):
                yield binding

    def _entry(self, node: ast.Subscript, scope: Scope) -> list | None:
        """An entry of a table of alternatives, where it is to be seen by what it is chosen."""
        table = self.meaning(node.value, scope)
        if table not in self._around.tables:
            return None
        match node.slice:
            case ast.Constant(value=str(key)) if key in self._around.tables[table]:
                return self._mention(Mention("value", Own(table.module, f"{table.name}[{key}]")))
        if not (field := self._chosen_by(node.slice, scope)):
            return None
        return ["entry", self._mention(Mention("entry", table, field)), self._form(node.slice, scope)]

    def _entry_if_there(self, node: ast.Call, scope: Scope) -> list | None:
        """What `TABLE.get(key, default)` gives, where it is to be seen by what it is chosen."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, _], keywords=[]):
                table, field = self.meaning(value, scope), self._chosen_by(key, scope)
                if field and table in self._around.tables:
                    entry = self._mention(Mention("entry if there", table, field))
                    return ["entry if there", entry, self._form(node.args, scope)]
        return None

    def _chosen_by(self, key: ast.expr, scope: Scope) -> str:
        """The name of the field, or of the argument, whose value a key is; nothing where the key is otherwise found."""
        match key:
            case ast.Attribute(value=value, attr=field) if self.meaning(value, scope) is None:
                return field
            case ast.Name(id=field) if field in scope.given:
                return field
        return ""

    def _call(self, node: ast.Call, scope: Scope) -> list:
        called = self.meaning(node.func, scope)
        path = called.path if isinstance(called, External) else ""
        said = NOT_BEHAVIOUR.get(path, ())
        keywords = [keyword for keyword in node.keywords if keyword.arg not in said]
        if path == "typing.cast" and node.args:
            self._note_types(node.args[0], scope)
        name = looked_up(node, path)
        function = ["lookup", self._attribute(name), path] if name else self._form(node.func, scope)
        if name and not path:
            function.append(self._form(node.func.value, scope))
        return ["call", function, self._form(node.args, scope), self._form(keywords, scope)]

    def _function(self, node: Function | ast.Lambda, scope: Scope) -> list:
        of = node.args
        kinds = [of.posonlyargs, of.args, [of.vararg], of.kwonlyargs, [of.kwarg]]
        arguments = [argument for kind in kinds for argument in kind if argument]
        names = {argument.arg for argument in arguments}
        body = node.body if isinstance(node.body, list) else [node.body]
        bound = bound_in(body, self._around)
        elsewhere = [
            part for part in nodes_in(body if self._elsewhere else ()) if isinstance(part, ast.Global | ast.Nonlocal)
        ]
        inside = {**scope.seen, **dict.fromkeys(names), **bound}
        for name in [name for part in elsewhere if isinstance(part, ast.Global) for name in part.names]:
            inside[name] = self._names.get(name, External(f"{UNKNOWN}.{name}"))
        given = (scope.given | names) - bound.keys() - {name for part in elsewhere for name in part.names}

        annotations = [*(argument.annotation for argument in arguments), getattr(node, "returns", None)]
        for annotation in annotations:
            self._note_types(annotation, scope)
        decorators = getattr(node, "decorator_list", [])
        quiet = all(self._is_quiet(decorator, scope) for decorator in decorators)
        return [
            type(node).__name__,
            [[argument and argument.arg for argument in kind] for kind in kinds],
            [self._form(part, scope) for part in (decorators, of.defaults, of.kw_defaults)],
            [] if quiet else [self._built_from(annotation, scope) for annotation in annotations],
            self._form(body, Scope(inside, given=given)),
        ]

    def _is_quiet(self, decorator: ast.AST, scope: Scope) -> bool:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        match function, self.meaning(function, scope):
            case ast.Attribute(value=value, attr="setter" | "getter" | "deleter"), None:
                return self.meaning(value, scope) is None
            case _, External(path="builtins.property" | "builtins.staticmethod" | "builtins.classmethod"):
                return True
            case _, External(path=path):
                return path.startswith(QUIET_DECORATORS) and path != "functools.partial"
            case _, Own() as place:
                return place in self._around.quiet
        return False

    def _class(self, node: ast.ClassDef, body: list[ast.stmt], built: bool, scope: Scope) -> list:
        inside = _of_a_class(bound_in(node.body, self._around), scope.seen)._replace(built=built)
        made_with = [self._form(part, scope) for part in (node.decorator_list, node.bases, node.keywords)]
        return ["class", self._form(ast.Name(node.name, ast.Store()), scope), made_with, self._form(body, inside)]

    def _comprehension(self, node: Any, scope: Scope) -> list:
        bound = bound_in([generator.target for generator in node.generators], self._around)
        inside = Scope({**scope.seen, **bound}, given=scope.given - bound.keys())
        first, *_ = node.generators
        outermost = self._form(first.iter, scope)
        generators = [
            [
                self._form(generator.target, inside),
                outermost if generator is first else self._form(generator.iter, inside),
                self._form(generator.ifs, inside),
                generator.is_async,
            ]
            for generator in node.generators
        ]
        made = [self._form(getattr(node, part), inside) for part in ("elt", "key", "value") if hasattr(node, part)]
        return [type(node).__name__, generators, made]

    def _import(self, node: Import, scope: Scope) -> list:
        """An import within a function: its names mean what they say, unless other statements bind them too."""
        for module in modules_run(node, self._around):
            self._notes[Mention("import", module)] = None
        bound = imported(node, self._around).items()
        several = [[name, each] for name, each in bound if scope.names.get(name) != each or isinstance(each, External)]
        return ["import", [[name, self._bound(self._around.resolved(each))] for name, each in several]]

    def _does_nothing(self, node: Any, scope: Scope) -> bool:
        """Whether a statement is a docstring, a bare annotation, or a line of a log."""
        match node:
            case ast.Expr(value=ast.Constant()):
                return True
            case ast.AnnAssign(value=None, annotation=annotation) if scope.outside is None:
                self._note_types(annotation, scope)
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=logger))):
                return self.meaning(logger, scope) in self._around.loggers and not _acts(node)
        return False


def _of_a_class(members: Iterable[str], outside: Names) -> Scope:
    return Scope({**outside, **dict.fromkeys(members)}, outside)


def _attributes_in(node: ast.AST) -> Iterable[str]:
    """The attributes that patterns of `match` and formats of text ask for."""
    match node:
        case ast.MatchClass(kwd_attrs=names):
            return names
        case ast.Constant(value=str(text)):
            return [name for asked in IN_FORMATS.findall(text) for name in re.findall(r"\.(\w+)", asked)]
        case ast.Assign(targets=[ast.Name(id="__match_args__")], value=ast.Tuple(elts=names)):
            return [name.value for name in names if isinstance(name, ast.Constant)]
    return ()


def _with_text_parsed(annotation: ast.AST | None) -> Iterator[ast.AST]:
    """The nodes of an annotation, and of what stands in it as text."""
    for node in ast.walk(annotation) if annotation else ():
        yield node
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _parsed(node.value.strip())


@cache
def _parsed(text: str) -> list[ast.AST]:
    """The nodes of text that is an expression; none of other text, as shapes are."""
    try:
        return list(_with_text_parsed(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError):
        return []


def _special(annotation: ast.AST) -> list[str]:
    return sorted({word for word in OF_FIELDS if word in ast.unparse(annotation)})


def _is_text(node: ast.AST) -> bool:
    """Whether it only says something to a reader."""
    match node:
        case ast.keyword(value=value):
            return _is_text(value)
        case ast.Constant(value=str()) | ast.JoinedStr():
            return not _acts(node)
        case ast.BinOp(left=text, op=ast.Add() | ast.Mod()) | ast.Call(func=ast.Attribute(value=text)):
            return _is_text(text) and not _acts(node)
    return False


def _acts(node: ast.AST) -> bool:
    return any(isinstance(part, ACTING) for part in ast.walk(node))
