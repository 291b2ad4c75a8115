"""Limits on what this process may take."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def limited_memory(more: int) -> Iterator[None]:
    """Let this process take so many more bytes, and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
