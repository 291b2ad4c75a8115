"""The stamp of every result: what was asked for, and which code and which other results made it.

A result of another stamp is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monosemanticity.identity.digests import digest

SCHEMA_VERSION = 4
"""Of the form in which results are written. What is read back is the same whatever the form, so that code that only
reads and writes files is no part of a result; who changes the form counts on here."""
KEYS = KEY, FILES, MADE_BY = ("monosemanticity", "monosemanticity files", "monosemanticity made by")
"""The keys of metadata: of the stamp; of the result's other files with their sizes; of the versions that made it."""


@dataclass(frozen=True)
class Stamp:
    """What a result is of."""

    digest: str
    """Of what was asked for: a run's numbers, a figure's content, a plan."""
    code: str
    """Of the definitions that make it."""
    inputs: str = ""
    """Of the stamps of the results that it is made from."""

    def content(self) -> dict[str, Any]:
        """What is written into the result."""
        written = {"schema_version": SCHEMA_VERSION, "digest": self.digest, "code": self.code}
        return written | ({"inputs": self.inputs} if self.inputs else {})

    def metadata(self, files: Mapping[str, int], made_by: Mapping[str, Any]) -> dict[str, str]:
        """What the head of a result says, as text: its stamp, its other files with their sizes, what made it."""
        said = (self.content(), files, made_by)
        return {key: json.dumps(content, sort_keys=True) for key, content in zip(KEYS, said, strict=True)}

    @property
    def short(self) -> str:
        """A digest of the stamp."""
        return digest(self.content())
