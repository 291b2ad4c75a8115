"""The figures of a page: pictures, captions, and what the paper's figure shows."""

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from PIL import Image

from monosemanticity.companions import catalogue
from monosemanticity.figures.captions import caption
from monosemanticity.report.gaps import Gap, or_gap
from monosemanticity.report.sources import Sources
from monosemanticity.results import heads, refusal

SHOWN = Path(__file__).with_name("assets") / "shown.yaml"
"""What each of the paper's figures shows."""
MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
SYMBOL, INDEX = re.compile(r"\$([^$<]+)\$"), re.compile(r"_(\w)")
LARGEST_WEBP = 2**14
"""Pixels along a side that the format does not reach."""


@dataclass(frozen=True)
class Picture:
    """A picture of some pixels, as a data URI."""

    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Entry:
    """A figure as it is shown."""

    name: str
    title: str
    category: str
    picture: Picture | Gap
    caption: str
    """In HTML."""
    shown: str
    """In the paper's figure."""
    batches: list[str]
    is_earlier: bool
    """Whether it was drawn by other code or of other runs than are asked for now."""


def entries(sources: Sources) -> list[Entry]:
    """The figures that a workflow draws when none is named, the paper's first."""
    plan = sources.plan
    shown = yaml.safe_load(SHOWN.read_text(encoding="utf-8"))
    figures = {name: plan.figures()[name] for name in plan.default_figures()}
    found = [(name, figure, caption(name, figure, plan), figure.batches()) for name, figure in figures.items()]
    found += [(name, planned, planned.caption, []) for name, planned in catalogue.figures(plan).items()]
    return [
        Entry(
            name,
            figure.title,
            figure.category,
            or_gap(lambda n=name: _picture(sources.paths.figure(n, "png")), name, sources.command(name)),
            SYMBOL.sub(_symbol, MARKDOWN.render(said)),
            shown.get(name, ""),
            batches,
            sources.jobs.is_of_another(name),
        )
        for name, figure, said, batches in found
    ]


def _symbol(found: re.Match[str]) -> str:
    """A symbol of a caption, $W_1$, in HTML."""
    return "<i>" + INDEX.sub(r"<sub>\1</sub>", found[1]) + "</i>"


def _picture(path: Path) -> Picture:
    """Raises RefusedError where it is missing or damaged."""
    heads.read(path)
    hostile = (ValueError, SyntaxError, Image.DecompressionBombError)
    with refusal.refusing(path, *hostile), Image.open(path, formats=["PNG"]) as image:
        smaller = io.BytesIO()
        kind = "webp" if max(image.size) < LARGEST_WEBP else "png"
        image.convert("RGB").save(smaller, kind, lossless=True, method=6)
        return Picture(f"data:image/{kind};base64,{base64.b64encode(smaller.getvalue()).decode('ascii')}", *image.size)
