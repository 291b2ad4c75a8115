"""The head of a result: its file that is written last, which says what it is of and that its other files are whole."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, NonNegativeInt

from monosemanticity import bounded
from monosemanticity.identity import stamp
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import environment, refusal, run_record
from monosemanticity.results.whole_files import written_whole

COMMENT, END = "\n<!-- monosemanticity ", " -->\n"
"""Around what a Markdown file says of itself, in its last line."""
CHECKSUM = "checksum"
LARGEST = 2**24
"""Bytes of a picture, or of the table that is the head of others."""


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


def write_text(path: Path, text: str, of: Stamp) -> None:
    """Write Markdown with its stamp in a comment at its end."""
    texts = of.metadata({}, environment.versions("pandas")) | {CHECKSUM: _checksum(text)}
    with written_whole(path) as aside:
        aside.write_text(f"{text}{COMMENT}{json.dumps(texts)}{END}", encoding="utf-8")


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
        bounded.check(path, LARGEST)
        metadata = pq.read_schema(path).metadata
        return _parsed({key.decode(): text for key, text in (metadata or {}).items()})


def _of_a_picture(path: Path) -> Head:
    from PIL import Image

    hostile = (ValueError, KeyError, TypeError, SyntaxError, Image.DecompressionBombError)
    with refusal.refusing(path, *hostile):
        bounded.check(path, LARGEST)
        with Image.open(path, formats=["PNG"]) as image:
            texts = image.info
            image.verify()
            return _parsed(texts)


def _of_a_text(path: Path) -> Head:
    with refusal.refusing(path, ValueError, KeyError, TypeError):
        text, _, comment = bounded.text(path).rpartition(COMMENT)
        texts = json.loads(comment.removesuffix(END))
        if texts[CHECKSUM] != _checksum(text):
            raise ValueError("the text is not the one that was written")
        return _parsed(texts)


READERS: dict[str, Callable[[Path], Head]] = {
    ".json": _of_a_run,
    ".parquet": _of_a_table,
    ".png": _of_a_picture,
    ".md": _of_a_text,
}


def _parsed(texts: Mapping[str, str | bytes]) -> Head:
    of = json.loads(texts[stamp.KEY])
    if of["schema_version"] != stamp.SCHEMA_VERSION:
        return Head(of=of, files={}, made_by={})
    files, made_by = (json.loads(texts[key]) for key in stamp.KEYS[1:])
    return Head(of=of, files=files, made_by=made_by)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
