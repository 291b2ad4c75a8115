"""The digest of a run's numbers."""

import hashlib
import json
from functools import cache

from pydantic import BaseModel


@cache  # planning asks for it some twenty times a run
def digest(spec: BaseModel) -> str:
    """SHA-256 of the numbers in canonical JSON.

    A field at its default, which is neutral, is left out: a new field renames no run that does not use it.
    """
    canonical = json.dumps(spec.model_dump(exclude_defaults=True), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
