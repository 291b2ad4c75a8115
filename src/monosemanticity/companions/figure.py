"""What the catalogue of a companion study says of a figure."""

from typing import NamedTuple


class CompanionFigure(NamedTuple):
    """A figure by what it shows; how it is drawn stands in draw.py, so that planning loads no plots."""

    title: str
    caption: str
    """In Markdown."""
    experiments: tuple[str, ...]
    """Of the study, whose results it is drawn from."""
