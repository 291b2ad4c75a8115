"""The files of a run as bytes: to hold two runs against each other, and to damage one."""

from pathlib import Path

OF_ONE_PROCESS = {"run.json", ".lock", ".snakemake_timestamp", "resume", "definitions"}
"""run.json, and the saved state of a run, say how long it took; definitions are kept where no workflow keeps them."""


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything under a folder that a run made of the same numbers has too, byte for byte."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and OF_ONE_PROCESS.isdisjoint(path.relative_to(folder).parts)
    }


def half(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
