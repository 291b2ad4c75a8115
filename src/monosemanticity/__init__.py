"""Engineering Monosemanticity in Toy Models (Jermyn, Schiefer, Hubinger 2022) as one workflow."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monosemanticity.explore.results import Results

__all__ = ["Results"]


def __getattr__(name: str) -> object:
    """Results are there once they are asked for: every job imports this, and need not load what draws figures."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from monosemanticity.explore.results import Results

    return Results
