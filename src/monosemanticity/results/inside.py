"""What a folder of results may hold: files, folders, and links to what lies in it. Nothing outside it is reached."""

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from monosemanticity.errors import ResultError


def check(folder: Path, *parts: str) -> None:
    """Raise ResultError naming a link that leads out of a folder, or what is neither file nor folder.

    The folder itself may be a link. Where parts of it are named, they alone are looked at, and links stay in them.
    """
    inside = [folder.resolve() / part for part in parts or [""]]
    for entry in _entries(folder, parts):
        if entry.is_symlink():
            target = Path(os.path.realpath(entry))
            if not any(target.is_relative_to(part) for part in inside):
                raise ResultError(
                    f"{entry.path}: a link that leads out, to {target}, and is not followed; put in its place what it"
                    f" leads to, or remove it: only {folder} itself may be a link"
                )
        elif _is_neither_file_nor_folder(entry):
            raise ResultError(f"{entry.path}: a pipe or a device, where results are files; remove it")


def _is_neither_file_nor_folder(entry: os.DirEntry) -> bool:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except FileNotFoundError:  # it may vanish while others work there
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _entries(folder: Path, parts: Collection[str]) -> Iterator[os.DirEntry]:
    """All that lies in a folder or in parts of it, however deep. Links are not followed."""
    waiting = [entry for entry in _listed(folder) if not parts or entry.name in parts]
    while waiting:
        entry = waiting.pop()
        yield entry
        if entry.is_dir(follow_symlinks=False):
            waiting += _listed(entry)


def _listed(folder: os.PathLike) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):  # it may vanish while others work there
        return []
    except OSError as error:
        raise ResultError(f"{os.fspath(folder)}: cannot be read: {error.strerror}") from error
