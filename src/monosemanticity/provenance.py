"""Which code a result depends on: a module and all that it imports of this package, definition by definition.

The code counts as it is parsed: comments, docstrings and formatting do not.
"""

import ast
import hashlib
import json
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp

from monosemanticity.errors import CodeError

PACKAGE = "monosemanticity"
TRAINING = ("monosemanticity.train",)
TABLES = ("monosemanticity.tables", *TRAINING)
FINDINGS = ("monosemanticity.findings", *TABLES)
"""The modules that a stage runs, and those that made what it reads."""
DIGEST_LENGTH = 16

Code = dict[str, dict[str, str]]
"""A digest of every definition, by file and name."""


@cache
def code(*modules: str) -> Code:
    """The code of modules of this package and of all that they import of it, wherever in a file they do."""
    closure = {PACKAGE, *modules}.union(*(_imports().find_upstream_modules(module) for module in modules))
    files = sorted(Path(find_spec(module).origin) for module in closure)
    package = Path(find_spec(PACKAGE).origin).parent
    return {str(file.relative_to(package)): _definitions_in(file) for file in files}


@cache
def _imports() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, cache_dir=None)


@cache
def _definitions_in(file: Path) -> dict[str, str]:
    return definitions(file.read_text(encoding="utf-8"))


def definitions(source: str) -> dict[str, str]:
    """A digest of each top-level definition of a module; what has no name is "imports" or "other statements"."""
    statements = defaultdict(list)
    for statement in ast.parse(source).body:
        if not _is_text_alone(statement):
            statements[_name(statement)].append(_canonical(statement))
    return {name: digest(content) for name, content in statements.items()}


def digest(content: Any) -> str:
    """A digest of nested lists, mappings and text; the order of definitions counts, as a module runs in its order."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:DIGEST_LENGTH]


def refuse_other(planned: str | None, now: Code) -> None:
    """Raise CodeError where the code is no longer the one that a job was planned with."""
    if planned not in (None, digest(now)):
        raise CodeError(
            f"the code has changed while the workflow ran, from {planned} to {digest(now)}; start snakemake again"
        )


def changes(before: Code, now: Code) -> list[str]:
    """What was changed from one state of the code to another, a line a definition."""
    lines = []
    for file in sorted(before.keys() | now.keys()):
        old, new = before.get(file), now.get(file)
        if old is None or new is None:
            lines.append(f"{file}: {'no longer imported' if new is None else 'newly imported'}")
        else:
            names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
            lines += [f"{file}: {name}: {_what_happened(name, old, new)}" for name in names]
            if not names and list(old) != list(new):
                lines.append(f"{file}: definitions in another order")
    return lines


def _what_happened(name: str, old: dict[str, str], new: dict[str, str]) -> str:
    if name not in old:
        return "added"
    return "removed" if name not in new else "changed"


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
        case ast.Import() | ast.ImportFrom():
            return "imports"
        case _:
            return "other statements"


def _canonical(node: Any) -> Any:
    """A syntax tree as nested lists, without empty fields: which of them there are differs between Pythons."""
    if isinstance(node, ast.AST):
        fields = [[name, _canonical(value)] for name, value in ast.iter_fields(node) if value not in (None, [])]
        return [type(node).__name__, *fields]
    if isinstance(node, list):
        return [_canonical(item) for item in node if not _is_text_alone(item)]
    return repr(node)


def _is_text_alone(node: Any) -> bool:
    """Whether a statement is a docstring, or text that stands as one."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
