"""What looks a name up while the code runs, where no reading of the code finds what it reaches."""

import ast

LOOKUPS = {f"builtins.{name}" for name in ("getattr", "hasattr", "setattr", "delattr")}
LOOKUP_METHODS = {"__getattribute__", "__setattr__", "__delattr__"}
"""What looks up a name that it is given; harmless where that is written as text."""
DYNAMIC = LOOKUPS | {
    *(f"builtins.{name}" for name in ("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "dir")),
    *("importlib.import_module", "importlib.reload", "importlib.util", "importlib.machinery", "pkgutil", "runpy"),
    *("operator.attrgetter", "operator.methodcaller", "typing.get_type_hints", "inspect", "gc", "unittest.mock"),
    *("sys.modules", "sys._getframe", "pickle", "copyreg", "types.FunctionType", "types.CodeType"),
}
"""What looks names up while it runs, so that no reading of the code finds what it reaches; modules as a whole."""
HIDDEN = LOOKUP_METHODS | {
    *("__dict__", "__globals__", "__builtins__", "__code__", "__closure__", "__defaults__", "__kwdefaults__"),
    *("__subclasses__", "__annotations__", "__doc__", "f_globals", "f_locals", "f_back", "gi_frame", "tb_frame"),
}
"""Attributes that give out everything an object has, or what is left out here."""
UNKNOWN = "nowhere"
"""What a name is looked up in that nothing defines."""


def is_dynamic(path: str) -> bool:
    """Whether a thing of another package, or a name that means nothing, looks names up while it runs."""
    parts = path.split(".")
    known = not DYNAMIC.isdisjoint(".".join(parts[:end]) for end in range(1, len(parts) + 1))
    return known or parts[0] == UNKNOWN or not HIDDEN.isdisjoint(parts)


def looked_up(node: ast.Call, path: str) -> str:
    """The name that a call looks up, where it is written as text."""
    if path in LOOKUPS or path.rpartition(".")[2] in LOOKUP_METHODS:
        arguments = node.args[1:2]
    elif isinstance(node.func, ast.Attribute) and node.func.attr in LOOKUP_METHODS:
        arguments = node.args[:1]
    else:
        return ""
    return next(
        (each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)), ""
    )
