"""The head of a result: its file that is written last, which says what it is of and that its other files are whole."""

import json
import os
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pydantic import BaseModel, NonNegativeInt

from monosemanticity import bounded
from monosemanticity.identity import stamp
from monosemanticity.results import refusal, run_record

LARGEST = 2**24
"""Bytes of a picture, or of what a table says of itself."""
A_FOOTER_LENGTH = 8
"""Bytes at the end of a table: how long its footer is, and what kind of file it is."""
PAGE_HEAD = 2**14
"""Bytes of a page in which its stamp stands."""


class Head(BaseModel):
    """What the head of a result says."""

    of: dict[str, Any]
    """Its stamp."""
    files: dict[str, NonNegativeInt]
    """Its other files, and how many bytes each has."""
    made_by: dict[str, Any]

    def damage(self, folder: Path) -> str:
        """What is wrong with the other files; nothing where they are there and of their sizes."""
        for name, size in self.files.items():
            path = folder / name
            try:
                found = path.stat().st_size
            except (OSError, ValueError):
                return f"{name}: missing"
            if found != size:
                return f"{name}: damaged: {found} bytes, {size} were written"
        return ""


def read(path: Path) -> Head:
    """What a head says. Raises RefusedError where it is missing or damaged."""
    return READERS[path.suffix](path)


def _of_a_run(path: Path) -> Head:
    said = run_record.content(path)
    with refusal.refusing(path, KeyError, TypeError):
        version = said["schema_version"]
    if version != stamp.SCHEMA_VERSION:
        return Head(of={"schema_version": version}, files={}, made_by={})
    whole = run_record.parsed(path, said)
    of = whole.model_dump(include={"schema_version", "digest", "code"})
    return Head(of=of, files=whole.files, made_by=whole.model_dump())


def _of_a_table(path: Path) -> Head:
    import pyarrow as pa  # here, as with Pillow, so that planning what is not there yet need not load it
    import pyarrow.parquet as pq

    with refusal.refusing(path, pa.ArrowException, ValueError, KeyError, TypeError):
        if (said := _footer(path)) > LARGEST:
            raise ValueError(f"says {said:,} bytes of itself, at most {LARGEST:,} are read")
        metadata = pq.read_schema(path).metadata
        return _parsed({key.decode(): text for key, text in (metadata or {}).items()})


def _footer(path: Path) -> int:
    """How long a table's footer is, as the file says: the four bytes before its last four."""
    if bounded.size(path) < A_FOOTER_LENGTH:
        raise ValueError("shorter than any table")
    with path.open("rb") as file:
        file.seek(-A_FOOTER_LENGTH, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def _of_a_picture(path: Path) -> Head:
    from PIL import Image

    hostile = (ValueError, KeyError, TypeError, SyntaxError, Image.DecompressionBombError)
    with refusal.refusing(path, *hostile):
        bounded.check(path, LARGEST)
        with Image.open(path, formats=["PNG"]) as image:
            texts = image.info
            image.verify()
            return _parsed(texts)


def _of_a_page(path: Path) -> Head:
    with refusal.refusing(path, ValueError, KeyError, TypeError):
        first, last = bounded.ends(path, PAGE_HEAD)
        if not last.rstrip().endswith("</html>"):
            raise ValueError("ends in the middle")
        said = _Metadata()
        said.feed(first)
        return _parsed(said.texts)


class _Metadata(HTMLParser):
    """The named meta elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and "name" in given:
            self.texts[given["name"]] = given.get("content", "")


READERS: dict[str, Callable[[Path], Head]] = {
    ".json": _of_a_run,
    ".parquet": _of_a_table,
    ".png": _of_a_picture,
    ".html": _of_a_page,
}


def _parsed(texts: Mapping[str, str | bytes]) -> Head:
    of = json.loads(texts[stamp.KEY])
    if of["schema_version"] != stamp.SCHEMA_VERSION:
        return Head(of=of, files={}, made_by={})
    files, made_by = (json.loads(texts[key]) for key in stamp.KEYS[1:])
    return Head(of=of, files=files, made_by=made_by)
