"""Types are checked at every call in tests, by beartype; shapes too where there are any, by jaxtyping's import hook."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype
from beartype.claw import beartype_packages
from jaxtyping import install_import_hook

PACKAGE = "monosemanticity"
COMPILED = {"model.sparse_loops", "training.lamb"}
"""Modules left out: numba compiles their functions themselves, and not what would be wrapped around them."""

# An int is a float's value too; jaxtyping does not check whole classes, where alone it would be known what Self is.
CONF = BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({Self: Any}))
check = beartype(conf=CONF)


def modules() -> dict[str, str]:
    """Every module but those left out, and its text; packages themselves hold nothing."""
    (folder,) = find_spec(PACKAGE).submodule_search_locations
    paths = {".".join(path.relative_to(folder).with_suffix("").parts): path for path in Path(folder).rglob("*.py")}
    return {
        f"{PACKAGE}.{name}": path.read_text(encoding="utf-8")
        for name, path in paths.items()
        if name not in COMPILED and path.stem != "__init__"
    }


def by_jaxtyping(text: str) -> bool:
    """Whether a module has shapes, or names types that it does not import, which beartype's own hook looks up."""
    return "from jaxtyping import" in text or "if TYPE_CHECKING:" in text


# A call through jaxtyping's wrapper takes ten times as long as one through beartype's: it is for what needs it.
MODULES = modules()
BY_JAXTYPING = {name for name, text in MODULES.items() if by_jaxtyping(text)}
install_import_hook(sorted(BY_JAXTYPING), f"{__name__}.check")
beartype_packages(sorted(MODULES.keys() - BY_JAXTYPING), conf=CONF)
