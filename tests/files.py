"""The files of a run as bytes, to hold two runs against each other."""

from pathlib import Path

OF_ONE_PROCESS = {"run.json", ".lock", ".snakemake_timestamp", "resume"}
"""run.json, and what a run goes on from, say how long it took."""


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything under a folder that a run made of the same numbers has too, byte for byte."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and OF_ONE_PROCESS.isdisjoint(path.relative_to(folder).parts)
    }
