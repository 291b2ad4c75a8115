import json

import pytest

from monosemanticity.identity import stages
from monosemanticity.workflow import definitions


@pytest.fixture
def code():
    return stages.code_of_claims()


def test_what_a_digest_is_of_is_kept_by_the_digest(tmp_path, code):
    assert definitions.kept(tmp_path / "definitions", code.digest) is None
    definitions.keep(tmp_path / "definitions", code)
    assert definitions.kept(tmp_path / "definitions", code.digest) == code.definitions
    assert "claims.report.as_markdown" in code.definitions


def test_what_is_kept_already_is_not_written_again(tmp_path, code):
    (tmp_path / f"{code.digest}.json").write_text('{"a": "1"}')
    definitions.keep(tmp_path, code)
    assert definitions.kept(tmp_path, code.digest) == {"a": "1"}


@pytest.mark.parametrize(
    "digest", ["../secret", "..%2Fsecret", "secret", "ABC", "", ".", "abc\n", "/etc/passwd", "a\0b", None, [], {}, 1.5]
)
def test_a_digest_that_is_not_hexadecimal_is_never_used_as_a_path(tmp_path, digest):
    folder = tmp_path / "definitions"
    folder.mkdir()
    for name in ("secret", "definitions/secret", "definitions/ABC", "definitions/", "definitions/None"):
        (tmp_path / f"{name}.json").write_text('{"a": "1"}')
    assert definitions.kept(folder, digest) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"null", b"[]", b'"a"', b"1", b'{"a": 1}', b'{"a": ["1"]}', b'{"a": null}', b"[" * 100_000],
    ids=lambda content: repr(content[:12]),
)
def test_kept_definitions_that_are_damaged_are_as_if_not_kept(tmp_path, content):
    (tmp_path / "abc123.json").write_bytes(content)
    assert definitions.kept(tmp_path, "abc123") is None


def test_a_digest_too_long_for_a_name_is_not_kept(tmp_path):
    assert definitions.kept(tmp_path, "a" * 10_000) is None


def test_definitions_are_kept_as_text_that_differs_only_where_they_do(tmp_path, code):
    definitions.keep(tmp_path, code)
    lines = (tmp_path / f"{code.digest}.json").read_text().splitlines()
    assert len(lines) == len(code.definitions) + 2
    assert lines[1:-1] == sorted(lines[1:-1])
    assert json.loads("\n".join(lines)) == code.definitions
