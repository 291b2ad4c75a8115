"""How often Python looks for objects that nothing but each other refers to."""

import gc

OBJECTS = 100_000
"""New ones between two looks, where Python has 700."""


def look_seldom() -> None:
    """For the whole process: what imports and Snakemake's jobs make is kept, and looking through it finds little."""
    gc.set_threshold(OBJECTS)
