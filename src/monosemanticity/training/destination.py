"""Where a run that is trained by hand may go: nothing is replaced or removed that this program has not written."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monosemanticity.errors import RefusedError, ResultError
from monosemanticity.identity.stamp import Stamp
from monosemanticity.results import heads, inside, paths, tensors

MEASURED = {paths.MEASURES, paths.NEURONS, paths.FEATURES}
TRAINED = {paths.RECORD, paths.TRACE, f"{paths.RESUME}/{paths.TRACE}", f"{paths.RESUME}/{paths.STATE}"}
CHECKPOINT = re.compile(rf"({paths.RESUME}/)?{paths.CHECKPOINTS}/step-\d{{8}}\.safetensors")
BESIDE = re.compile(
    rf"{re.escape(paths.LOCK)}|{re.escape(paths.DIVERGED)}|{paths.DEFINITIONS}/[0-9a-f]+\.json|(.*/)?\.(snakemake_timestamp|[^/]+\.partial)"
)
"""What a run or its workflow leaves that says nothing of it, and that the next one adds to."""
FILLED = {paths.CHECKPOINTS, paths.RESUME}
"""The folders that a run writes and removes as a whole."""


def claim(folder: Path, of: Stamp, replace: bool) -> None:
    """Refuse a folder that holds what no run has written, or another run; with `replace`, remove the other run.

    Raises ResultError naming what the folder holds.
    """
    found = [path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir()]
    names = {path: path.relative_to(folder).as_posix() for path in found}
    a_runs = [path for path, name in names.items() if name in TRAINED | MEASURED or CHECKPOINT.fullmatch(name)]
    ours = {path: _says(path, folder) for path in a_runs if not path.is_symlink()}
    foreign = [name for path, name in names.items() if path not in ours and not BESIDE.fullmatch(name)]
    in_the_way = foreign if not ours else [name for name in foreign if name.partition("/")[0] in FILLED]
    if in_the_way:
        raise ResultError(f"{folder}: holds {in_the_way[0]}, which no run has written; choose another folder")
    inside.check(folder)
    if not any(_is_other(names[path], said, of) for path, said in ours.items()):
        return
    if not replace:
        raise ResultError(
            f"{folder}: holds another run, or this one made by other code; choose another folder, or add --replace to"
            " remove that run"
        )
    for path in ours:
        path.unlink()


def _says(path: Path, folder: Path) -> Mapping[str, Any]:
    """What a file says that it is of."""
    try:
        return tensors.said(path) if path.suffix == ".safetensors" else heads.read(path).of
    except RefusedError as error:
        raise ResultError(
            f"{path}: {error.problem}; no run has written it, or it is damaged: remove it, or choose another folder"
            f" than {folder}"
        ) from None


def _is_other(name: str, said: Mapping[str, Any], of: Stamp) -> bool:
    """Whether a file is of another run than the one that is to be trained; measures have a code of their own."""
    return said.get("digest") != of.digest or (name not in MEASURED and said.get("code") != of.code)
