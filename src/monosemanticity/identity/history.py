"""The package's code as git has it at a revision."""

import io
import subprocess
import tarfile
from pathlib import Path

from monosemanticity.errors import CodeError
from monosemanticity.identity.code import FOLDER, program_of, texts
from monosemanticity.identity.program import Program


def earlier_program(revision: str, file: Path | None = None) -> Program:
    """The code as it was at a git revision, or this process's code but for one file, which is as it was.

    Raises CodeError where git knows no such revision, or it has no such file of the package.
    """
    earlier = _texts_at(revision)
    if file is None:
        return program_of(earlier)
    name = file.resolve().relative_to(FOLDER) if file.resolve().is_relative_to(FOLDER) else file
    if name not in earlier:
        raise CodeError(f"{file}: no source file of the package at {revision}; they lie in {FOLDER}")
    return program_of(texts() | {name: earlier[name]})


def commit() -> str:
    """What git has checked out, marked where it was edited since; nothing where git does not know."""
    try:
        return _git("describe", "--always", "--dirty", "--abbrev=12").decode().strip()
    except (CodeError, OSError):
        return ""


def _texts_at(revision: str) -> dict[Path, str]:
    """The package's source files at a git revision."""
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", commit, "--", "."))) as archive:
        sources = [member for member in archive if member.isfile() and member.name.endswith(".py")]
        return {Path(member.name): archive.extractfile(member).read().decode() for member in sources}


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=FOLDER, capture_output=True)  # noqa: S603, S607 nothing is a shell's
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise CodeError(f"git {' '.join(arguments)}: {said or 'no such revision'}; name one that `git log` lists")
    return done.stdout
