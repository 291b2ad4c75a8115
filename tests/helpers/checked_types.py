"""Types and shapes are checked at every call in tests: jaxtyping's import hook, with beartype."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype
from jaxtyping import install_import_hook

PACKAGE = "monosemanticity"
COMPILED = {"model.sparse_loops", "training.lamb"}
"""Modules left out: numba compiles their functions themselves, and not what would be wrapped around them."""

# An int is a float's value too; Self is known only where whole classes are checked, which jaxtyping does not do.
check = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({Self: Any})))


def modules() -> list[str]:
    """Every module but those left out; packages themselves hold nothing."""
    (folder,) = find_spec(PACKAGE).submodule_search_locations
    paths = [path.relative_to(folder).with_suffix("") for path in Path(folder).rglob("*.py") if path.stem != "__init__"]
    return [f"{PACKAGE}.{name}" for name in (".".join(path.parts) for path in paths) if name not in COMPILED]


install_import_hook(modules(), f"{__name__}.check")
