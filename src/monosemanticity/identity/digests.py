"""Digests of what results are of."""

import hashlib
import json

DIGEST_LENGTH = 16


def digest(content: object) -> str:
    """A digest of nested lists, mappings, text and numbers."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:DIGEST_LENGTH]
