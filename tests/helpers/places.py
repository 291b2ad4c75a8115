"""Places that a program is run in: a folder that cannot be written, another machine, another clock."""

import shutil
import subprocess
from pathlib import Path

import pytest


def read_only(folder: Path) -> tuple[str, ...]:
    """A command that runs another one, which cannot write to a folder. Root writes whatever the permissions say."""
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", mount, str(folder))


def machine(name: str) -> tuple[str, ...]:
    """A command that runs another one on what is to it another machine: of a name and of processes of its own."""
    named = 'hostname "$0" && exec "$@"'
    return ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", named, name)


def need_namespaces() -> None:
    """Skip a test where the kernel gives this user no such places."""
    if reason := _why_not():
        pytest.skip(reason)


def _why_not() -> str:
    if shutil.which("unshare") is None:
        return "unshare is not installed: apt-get install util-linux"
    for place in (read_only(Path(__file__).parent), machine("other")):
        tried = subprocess.run([*place, "true"], capture_output=True, text=True)
        if tried.returncode:
            return f"a namespace of one's own needs to be root, and a kernel that allows it: {tried.stderr.strip()}"
    return ""


def patched(folder: Path, source: Path, patch: str) -> dict[str, str]:
    """The environment in which every Python begins with a patch, and has the sources of a project."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(patch)
    return {"PYTHONPATH": f"{folder}:{source / 'src'}"}
