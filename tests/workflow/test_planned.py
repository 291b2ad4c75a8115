import json
from pathlib import Path

import pytest

from monosemanticity.errors import CodeError, ConfigError
from monosemanticity.identity import code, stages
from monosemanticity.workflow import planned
from monosemanticity.workflow.planned import Planned

CONFIG = {"scale": "smoke", "seeds": [0, 1]}


def test_what_was_planned_is_read_as_it_was_written(tmp_path):
    now = Planned.now(CONFIG, {})
    now.write(tmp_path / "planned")
    assert planned.read(now.path(tmp_path / "planned")) == now
    assert now.config == CONFIG


def test_what_was_planned_holds_the_code_that_was_asked_for(tiny_spec):
    code = stages.code_of_training(tiny_spec())
    digest = code.digest
    assert Planned.now(CONFIG, {}).codes[code.key] == digest


def test_another_configuration_is_another_file(tmp_path):
    one, same, other = Planned.now(CONFIG, {}), Planned.now(dict(CONFIG), {}), Planned.now(CONFIG | {"seeds": [2]}, {})
    assert one.path(tmp_path) == same.path(tmp_path) != other.path(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"fingerprint": 1, "config": [], "codes": {}}', "[" * 100_000], ids=len
)
def test_a_plan_that_cannot_be_read_is_refused_with_the_mend(tmp_path, content):
    path = tmp_path / "planned.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"planned.json: no plan: (.|\n)*; start snakemake again"):
        planned.read(path)


def test_a_plan_that_is_not_there_is_refused_with_the_mend(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere.json: .*; start snakemake again"):
        planned.read(tmp_path / "nowhere.json")


def test_a_plan_that_says_more_than_it_can_is_refused(tmp_path):
    now = Planned.now(CONFIG, {})
    (tmp_path / "more.json").write_text(json.dumps(now.model_dump() | {"more": 1}))
    with pytest.raises(ConfigError, match="more"):
        planned.read(tmp_path / "more.json")


def test_a_job_refuses_to_make_something_else_than_was_planned():
    with pytest.raises(CodeError, match="what was planned is 0123, this would be 4567; start snakemake again"):
        planned.refuse_other("0123", "4567")


def test_a_job_makes_what_was_planned():
    assert planned.refuse_other("0123", "0123") is None


def test_digests_and_fingerprint_are_of_the_same_reading_of_the_code(monkeypatch):
    before = code.fingerprint()
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"edited meanwhile")
    monkeypatch.setattr(Path, "read_text", lambda path, *arguments: "edited meanwhile")
    assert code.fingerprint() == before
    assert "edited meanwhile" not in code.texts().values()
