"""Safetensors files with metadata of their tensors, and a checksum."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from monosemanticity import bounded
from monosemanticity.errors import RefusedError
from monosemanticity.identity import stamp
from monosemanticity.results import refusal
from monosemanticity.results.whole_files import written_whole

Tensors = Mapping[str, np.ndarray]
Shapes = Mapping[str, tuple[int, ...]]

LARGEST, LARGEST_HEADER, LARGEST_NUMBER = 2**40, 2**20, 8
"""Bytes of a file, which is not read as a whole, of what it says of its tensors, and of a number in them."""


def write_tensors(path: Path, tensors: Tensors, said: Mapping[str, Any]) -> None:
    """Write tensors, their metadata, and a checksum."""
    tensors = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    metadata = {stamp.KEY: json.dumps({**said, "checksum": _checksum(tensors)}, sort_keys=True)}
    content = safetensors.numpy.save(tensors, metadata)
    with written_whole(path) as aside:
        aside.write_bytes(content)


def read_tensors(path: Path, wanted: Mapping[str, Any], shapes: Shapes) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and their metadata.

    Raises RefusedError if missing, damaged, of other metadata or shapes than wanted, or larger than these can be.
    """
    most = LARGEST_HEADER + LARGEST_NUMBER * sum(map(math.prod, shapes.values()))
    with _opened(path, most) as (file, said):
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
    refusal.check(path, said, {**wanted, "checksum": _checksum(tensors)})
    for name, shape in shapes.items():
        found = tensors[name].shape if name in tensors else None
        if found != shape:
            raise RefusedError(path, f"{name} has the shape {found}, not {shape}")
    return tensors, said


def said(path: Path) -> dict[str, Any]:
    """What a file says of its tensors, which are not read. Raises RefusedError if that is missing or damaged."""
    with _opened(path, LARGEST) as (_, said):
        if not said:
            raise RefusedError(path, "does not say what it is of")
        return said


@contextmanager
def _opened(path: Path, most: int) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A file's tensors, to be read, and what it says of them."""
    with refusal.refusing(path, safetensors.SafetensorError, ValueError, TypeError, AttributeError):
        bounded.check(path, most)
        with path.open("rb") as start:
            if int.from_bytes(start.read(8), "little") > LARGEST_HEADER:
                raise ValueError("its header is too large")
        with safetensors.safe_open(path, framework="np") as file:
            yield file, json.loads((file.metadata() or {}).get(stamp.KEY, "{}"))


def _checksum(tensors: Tensors) -> str:
    checksum = hashlib.sha256()
    for name in sorted(tensors):
        checksum.update(name.encode())
        checksum.update(tensors[name].tobytes())
    return checksum.hexdigest()
