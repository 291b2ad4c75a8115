"""A definition in canonical form, and what it mentions: the part of the analysis that knows Python's syntax.

Left out, as no result depends on it: comments, docstrings, layout, annotations, the text of errors and of log lines.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

DYNAMIC = {
    *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr", "delattr"),
    *("importlib.import_module", "operator.attrgetter", "operator.methodcaller"),
}
"""What looks names up while it runs, so that no reading of the code finds what it reaches."""
HIDDEN = {"__dict__", "__globals__", "__subclasses__", "__code__"}
"""Attributes that give out everything an object has."""
NOT_BEHAVIOUR = {"pydantic.Field": {"description", "examples", "title"}}
"""Arguments that only tell a reader what a field is."""
OF_A_MODULE = {"__name__", "__package__", "__file__", "__doc__"}


class Own(NamedTuple):
    """A name that means a definition of the package, or one of its modules."""

    module: str
    name: str = ""


class External(NamedTuple):
    """A name that means something of another package, or of Python."""

    path: str


Binding = Own | External
Scope = Mapping[str, Binding | None]
"""What names mean here; None is a local variable."""


class Mention(NamedTuple):
    """Something that a definition mentions."""

    how: Literal["value", "type", "attribute", "entry", "dynamic"]
    what: Own | str
    chosen_by: str = ""
    """Of an entry of a table of alternatives: its key, or the field of a run that is its key."""


class Canonical(NamedTuple):
    """What a definition does, without what does not count; ["mention", i] stands for mentions[i]."""

    form: Any
    mentions: list[Mention]


class Surroundings(NamedTuple):
    """What reading one definition needs to know of the package."""

    package: str
    modules: set[str]
    tables: Mapping[Own, set[str]]
    """The keys of its tables of alternatives."""
    loggers: set[Own]


class Reader:
    """Reads syntax trees of one module."""

    def __init__(self, names: Scope, around: Surroundings) -> None:
        self._names, self._around = names, around
        self._mentions: list[Mention] = []

    def read(self, nodes: Iterable[ast.AST], local: Iterable[str] = ()) -> Canonical:
        """The canonical form of some statements or expressions of the module, or of a class whose names are given."""
        self._mentions = []
        form = self._form(list(nodes), dict(self._names) | dict.fromkeys(local))
        return Canonical(form, self._mentions)

    def types(self, annotations: Iterable[ast.AST]) -> list[Mention]:
        """The classes of the package that annotations name."""
        self._mentions = []
        for annotation in annotations:
            self.mention_types(annotation, self._names)
        return self._mentions

    def _form(self, node: Any, scope: Scope) -> Any:
        match node:
            case list():
                return [self._form(item, scope) for item in node if not self._does_nothing(item, scope)]
            case ast.Name() | ast.Attribute() if isinstance(binding := self.meaning(node, scope), Binding):
                return self._bound(binding, node.ctx)
            case ast.Name(id=name):
                return ["local", name]
            case ast.Attribute(value=value, attr=name):
                return ["attribute", self._form(value, scope), self._attribute(name)]
            case ast.Subscript(value=value, slice=key) if chosen_by := self._entry(value, key, scope):
                return self._mention(Mention("entry", self.meaning(value, scope), chosen_by))
            case ast.Call(func=function):
                return self._call(node, self.meaning(function, scope), scope)
            case ast.Raise(exc=error):
                return ["raise", ast.unparse(error.func if isinstance(error, ast.Call) else error) if error else ""]
            case ast.Assert(test=test):
                return ["assert", self._form(test, scope)]
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                self.mention_types(annotation, scope)
                return ["assign", self._form(target, scope), self._form(value, scope)]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return self._function(node, scope)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Import() | ast.ImportFrom():
                return [
                    "import",
                    self._form([ast.Name(name, ast.Load()) for name in imported(node, self._around)], scope),
                ]
            case ast.AST():
                fields = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
                return [type(node).__name__, *([name, self._form(value, scope)] for name, value in fields)]
            case _:
                return repr(node)

    def meaning(self, node: ast.AST | None, scope: Scope) -> Binding | None:
        """What a dotted name means; None where it starts at a local variable, or is no such name."""
        match node:
            case ast.Name(id=name):
                return scope[name] if name in scope else External(name)
            case ast.Attribute(value=value, attr=name):
                match self.meaning(value, scope):
                    case External(path=path):
                        return External(f"{path}.{name}")
                    case Own(module=module, name=""):
                        return definition_or_module(module, name, self._around.modules)
        return None

    def mention_types(self, annotation: ast.AST | None, scope: Scope) -> None:
        """Note the classes that an annotation names: their methods may be called, but nothing else of them counts."""
        for node in ast.walk(annotation) if annotation else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                node = ast.Name(node.value)
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(binding := self.meaning(node, scope), Own):
                self._mention(Mention("type", binding))

    def _mention(self, mention: Mention) -> list:
        if mention not in self._mentions:
            self._mentions.append(mention)
        return ["mention", self._mentions.index(mention)]

    def _bound(self, binding: Binding, context: ast.expr_context) -> list:
        if isinstance(binding, Own):
            return [type(context).__name__, self._mention(Mention("value", binding))]
        root, dot, _ = binding.path.partition(".")
        unknown = not dot and not hasattr(builtins, root) and root not in OF_A_MODULE and root not in self._names
        if binding.path in DYNAMIC or unknown:
            self._mention(Mention("dynamic", binding.path))
        return ["external", binding.path]

    def _attribute(self, name: str) -> str:
        self._mention(Mention("dynamic" if name in HIDDEN else "attribute", name))
        return name

    def _entry(self, table: ast.AST, key: ast.AST, scope: Scope) -> str:
        """By what an entry of a table of alternatives is chosen; nothing where that is not to be seen."""
        match self.meaning(table, scope), key:
            case Own() as place, ast.Constant(value=str(constant)) if constant in self._around.tables.get(place, ()):
                return constant
            case Own() as place, ast.Name(id=name) | ast.Attribute(attr=name) if place in self._around.tables:
                return name
        return ""

    def _call(self, node: ast.Call, called: Binding | None, scope: Scope) -> list:
        keywords = node.keywords
        if isinstance(called, External):
            if called.path in ("getattr", "hasattr") and len(node.args) > 1:
                match node.args[1]:
                    case ast.Constant(value=str(name)):
                        self._attribute(name)
                    case _:
                        self._mention(Mention("dynamic", called.path))
            said = NOT_BEHAVIOUR.get(called.path, ())
            keywords = [keyword for keyword in keywords if keyword.arg not in said]
        return ["call", *(self._form(part, scope) for part in (node.func, node.args, keywords))]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> list:
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *filter(None, [given.vararg]), *given.kwonlyargs]
        arguments += filter(None, [given.kwarg])
        body = node.body if isinstance(node.body, list) else [node.body]
        names = [argument.arg for argument in arguments]
        inside = dict(scope) | dict.fromkeys(names) | bound_in(body, self._around)
        for name in (name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names):
            inside[name] = self._names.get(name, External(name))
        for annotation in [*(argument.annotation for argument in arguments), getattr(node, "returns", None)]:
            self.mention_types(annotation, scope)
        outside = [*getattr(node, "decorator_list", []), *given.defaults, *filter(None, given.kw_defaults)]
        # Which arguments have the defaults is said by how many of each kind there are.
        counts = [len(part) for part in (given.posonlyargs, given.args, given.kwonlyargs, given.defaults)]
        without = [default is None for default in given.kw_defaults]
        return [type(node).__name__, names, counts, without, self._form(outside, scope), self._form(body, inside)]

    def _comprehension(self, node: Any, scope: Scope) -> list:
        inside = dict(scope) | bound_in([generator.target for generator in node.generators], self._around)
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

    def _does_nothing(self, node: Any, scope: Scope) -> bool:
        """Whether a statement is a docstring, a bare annotation, or a line of a log."""
        match node:
            case ast.Expr(value=ast.Constant()):
                return True
            case ast.AnnAssign(value=None, annotation=annotation):
                self.mention_types(annotation, scope)
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as logger))):
                return self.meaning(logger, scope) in self._around.loggers
        return False


def bound_in(nodes: Iterable[ast.AST], around: Surroundings) -> dict[str, Binding | None]:
    """The names that statements bind where they stand, not inside of functions, classes and comprehensions."""
    return {name: binding for node in nodes for name, binding in _bound_by(node, around)}


def _bound_by(node: ast.AST, around: Surroundings) -> Iterator[tuple[str, Binding | None]]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
            return
        case ast.Lambda():
            return
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from ((part.target.id, None) for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
            return
        case ast.Import() | ast.ImportFrom():
            yield from imported(node, around).items()
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name, None
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, None
        case ast.MatchMapping(rest=str(name)):
            yield name, None
    for child in ast.iter_child_nodes(node):
        yield from _bound_by(child, around)


def imported(node: ast.Import | ast.ImportFrom, around: Surroundings) -> dict[str, Binding]:
    """What the names that an import statement binds mean."""

    def meant(module: str, name: str = "") -> Binding:
        if module.partition(".")[0] != around.package:
            return External(f"{module}.{name}" if name else module)
        return definition_or_module(module, name, around.modules)

    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name: meant(node.module, alias.name) for alias in node.names}
    whole = {alias.asname: meant(alias.name) for alias in node.names if alias.asname}
    roots = {alias.name.partition(".")[0] for alias in node.names if not alias.asname}
    return whole | {root: meant(root) for root in roots}


def definition_or_module(module: str, name: str, modules: set[str]) -> Own:
    """What a name means that is asked of a module."""
    return Own(f"{module}.{name}") if f"{module}.{name}" in modules else Own(module, name)
