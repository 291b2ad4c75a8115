"""What names mean: the definitions, modules and things of other packages that they stand for, and what binds them."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from monosemanticity.errors import CodeError

Function = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom


class Own(NamedTuple):
    """A name that means a definition of the package, or one of its modules."""

    module: str
    name: str = ""


class External(NamedTuple):
    """A name that means something of another package, or of Python."""

    path: str


Binding = Own | External
Names = Mapping[str, Binding | None]
"""What names mean; None is a local variable."""


class Surroundings(NamedTuple):
    """What reading one definition needs to know of the package."""

    package: str
    names: dict[str, dict[str, Binding]]
    """What the names of each module mean."""
    tables: dict[Own, set[str]]
    """The keys of its tables of alternatives."""
    loggers: set[Own]
    quiet: set[Own]
    """Constants that are decorators which keep nothing."""

    def meant(self, module: str, name: str = "") -> Binding:
        """What a name means that is imported from a module, or the module itself."""
        if module.partition(".")[0] != self.package:
            return External(f"{module}.{name}" if name else module)
        whole = f"{module}.{name}"
        return Own(whole) if whole in self.names else Own(module, name)

    def resolved(self, binding: Binding | None) -> Binding | None:
        """Where a name is defined, through re-exports; itself where it is defined nowhere."""
        passed = set()
        while isinstance(binding, Own) and binding.name and binding not in passed:
            passed.add(binding)
            here = self.meant(*binding)
            binding = here if here != binding else self.names.get(binding.module, {}).get(binding.name, binding)
        return binding


def nodes_in(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes within some, without names and constants; several times as fast as `ast.walk`."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        _add_children(waiting, node, LEAVES)


def _add_children(nodes: list[ast.AST], node: ast.AST, without: set[type]) -> None:
    for name in node._fields:
        part = getattr(node, name, None)
        if type(part) is list:
            nodes += [item for item in part if type(item) not in without]
        elif type(part) not in without:
            nodes.append(part)


NO_NODES = {
    str,
    int,
    bool,
    float,
    complex,
    bytes,
    type(None),
    type(Ellipsis),
    ast.Constant,
    ast.Load,
    ast.Store,
    ast.Del,
}
LEAVES = NO_NODES | {ast.Name, ast.arg, ast.alias}
Apart = Function | ast.ClassDef | ast.Lambda | ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
"""What has names of its own."""


def bound_in(nodes: Iterable[ast.AST], around: Surroundings) -> dict[str, Binding | None]:
    """The names that statements bind where they stand, not inside of functions, classes and comprehensions."""
    bound: dict[str, Binding | None] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        for name, binding in _bound_by(node, around):
            bound[name] = binding if bound.get(name, binding) == binding else None
        if not isinstance(node, Apart):
            _add_children(waiting, node, NO_NODES)
    return bound


def _bound_by(node: ast.AST, around: Surroundings) -> Iterable[tuple[str, Binding | None]]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [(name, None)]
        case ast.Name() | ast.Attribute() | ast.Call():  # most nodes are these
            return ()
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [(name, None)]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return [(part.target.id, None) for part in nodes_in([node]) if isinstance(part, ast.NamedExpr)]
        case ast.Import() | ast.ImportFrom():
            return imported(node, around).items()
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [(name, None)]
        case ast.MatchMapping(rest=str(name)):
            return [(name, None)]
    return ()


def imported(node: Import, around: Surroundings) -> dict[str, Binding]:
    """What the names that an import statement binds mean. Raises CodeError where it does not name them."""
    if isinstance(node, ast.ImportFrom):
        if node.level or any(alias.name == "*" for alias in node.names):
            raise CodeError(
                f"line {node.lineno}: what `{ast.unparse(node)}` brings cannot be traced; write"
                f" `from {around.package}... import` and every name"
            )
        return {alias.asname or alias.name: around.meant(node.module, alias.name) for alias in node.names}
    whole = {alias.asname: around.meant(alias.name) for alias in node.names if alias.asname}
    roots = {alias.name.partition(".")[0] for alias in node.names if not alias.asname}
    return whole | {root: around.meant(root) for root in roots}


def modules_run(node: Import, around: Surroundings) -> list[str]:
    """The modules of the package that are run by an import statement."""
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module, *(f"{node.module}.{name}" for name in names)]
    return [part for name in names for part in with_packages(name) if part in around.names]


def with_packages(module: str) -> list[str]:
    """A module's name after the packages that it lies in."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
