"""Safetensors files with metadata of their tensors, and a checksum."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from monosemanticity.errors import RefusedError
from monosemanticity.identity import stamp
from monosemanticity.results import refusal
from monosemanticity.results.whole_files import written_whole

Tensors = Mapping[str, np.ndarray]


def write_tensors(path: Path, tensors: Tensors, said: Mapping[str, Any]) -> None:
    """Write tensors, their metadata, and a checksum."""
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    metadata = {stamp.KEY: json.dumps({**said, "checksum": _checksum(tensors)}, sort_keys=True)}
    content = safetensors.numpy.save(tensors, metadata)
    with written_whole(path) as aside:
        aside.write_bytes(content)


def read_tensors(path: Path, wanted: Mapping[str, Any]) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and their metadata. Raises RefusedError if missing, damaged, or of other metadata than wanted."""
    with _opened(path) as (file, said):
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
    refusal.check(path, said, {**wanted, "checksum": _checksum(tensors)})
    return tensors, said


def said(path: Path) -> dict[str, Any]:
    """What a file says of its tensors, which are not read. Raises RefusedError if that is missing or damaged."""
    with _opened(path) as (_, said):
        if not said:
            raise RefusedError(path, "does not say what it is of")
        return said


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A file's tensors, to be read, and what it says of them."""
    refusing = refusal.refusing(path, safetensors.SafetensorError, ValueError, TypeError)
    with refusing, safetensors.safe_open(path, framework="np") as file:
        yield file, json.loads((file.metadata() or {}).get(stamp.KEY, "{}"))


def _checksum(tensors: Tensors) -> str:
    checksum = hashlib.sha256()
    for name in sorted(tensors):
        checksum.update(name.encode())
        checksum.update(tensors[name].tobytes())
    return checksum.hexdigest()
