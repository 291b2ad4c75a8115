"""The definitions behind results, kept once a folder of results: a file a digest of code."""

import json
import re
from pathlib import Path

from monosemanticity import bounded
from monosemanticity.identity.code import Code, Definitions
from monosemanticity.results.whole_files import written_whole


def keep(folder: Path, code: Code) -> None:
    """Write down what a digest of code is of, where it is not written down yet."""
    if kept(folder, code.digest) is None:
        with written_whole(folder / f"{code.digest}.json") as aside:
            aside.write_text(json.dumps(code.definitions, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def kept(folder: Path, digest: object) -> Definitions | None:
    """What a digest of code is of; nothing where it was not kept, or cannot be read."""
    if not re.fullmatch(r"[0-9a-f]+", str(digest)):
        return None
    try:
        found = json.loads(bounded.text(folder / f"{digest}.json"))
    except (OSError, ValueError, RecursionError):
        return None
    well_formed = isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
    return found if well_formed else None
