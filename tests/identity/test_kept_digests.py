"""Digests that one process finds and later ones take up, as long as no byte of the package changes."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monosemanticity.identity import code

pytestmark = pytest.mark.slow
PACKAGE = Path(__file__).parents[2] / "src/monosemanticity"
ASK = """
from monosemanticity.identity import code, stages
analysed = []
program, code.this_program = code.this_program, lambda: analysed.append(True) or program()
print(stages.code_of_claims().digest, bool(analysed))
code.keep()
"""


@pytest.fixture
def ask(tmp_path: Path):
    """What a process of a copy of the package finds: a digest, and whether it had to analyse its code."""
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))

    def asked(**environment: str) -> tuple[str, bool]:
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""} | environment
        command = [sys.executable, "-c", ASK]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        digest, analysed = done.stdout.split()
        return digest, analysed == "True"

    return asked


def kept_in(folder: Path) -> list[Path]:
    return list(folder.glob("monosemanticity/__pycache__/digests.*"))


def test_what_one_process_found_the_next_need_not(ask):
    digest, analysed = ask()
    assert analysed
    assert ask() == (digest, False)


def test_any_edit_of_the_package_is_analysed(ask, tmp_path):
    digest, _ = ask()
    source = tmp_path / "monosemanticity/claims/report.py"
    text = source.read_text()
    source.write_text(text.replace("of {units} {unit}", "from {units} {unit}"))
    edited, analysed = ask()
    assert analysed
    assert edited != digest
    source.write_text(text + "\n# a remark\n")
    assert ask() == (digest, True)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"fingerprint": 1}'])
def test_a_damaged_file_of_digests_is_made_anew(ask, tmp_path, content):
    digest, _ = ask()
    (kept,) = kept_in(tmp_path)
    kept.write_text(content)
    assert ask() == (digest, True)
    assert ask() == (digest, False)


def test_digests_that_are_none_are_found_anew(ask, tmp_path):
    digest, _ = ask()
    (kept,) = kept_in(tmp_path)
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"digests": 1}))
    assert ask() == (digest, True)


def test_digests_lie_with_the_bytecode(ask, tmp_path):
    digest, _ = ask(PYTHONPYCACHEPREFIX=str(tmp_path / "elsewhere"))
    assert ask(PYTHONPYCACHEPREFIX=str(tmp_path / "elsewhere")) == (digest, False)
    assert kept_in(tmp_path) == []


def test_nothing_is_kept_where_python_keeps_no_bytecode(ask, tmp_path):
    assert ask(PYTHONDONTWRITEBYTECODE="1") == ask(PYTHONDONTWRITEBYTECODE="1")
    assert kept_in(tmp_path) == []


def test_a_file_system_that_only_reads_stops_nothing(monkeypatch):
    def refused(*arguments, **named):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(code, "_digests", {"another": "digest"})
    monkeypatch.setattr(Path, "write_text", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    code.keep()
    assert not list(code.KEPT.parent.glob("digests.*.[0-9]*"))


def test_a_package_that_cannot_be_written_to_is_analysed_each_time(ask, tmp_path):
    (tmp_path / "monosemanticity/__pycache__").mkdir()
    (tmp_path / "monosemanticity/__pycache__" / f"digests.{sys.implementation.cache_tag}.json").mkdir()
    assert ask() == ask()
    assert len(kept_in(tmp_path)) == 1
