"""Tables of alternatives: a result depends on the entries that it chooses, wherever that can be seen."""

import pytest

from helpers.packages import differ, edited, parts_of, reach_of
from monosemanticity.errors import CodeError
from monosemanticity.identity import stages
from monosemanticity.identity.code import code_of

TABLE = "def f(): return 11\ndef g(): return 22\nTABLE = {'a': f, 'b': g}\n"
CHOSEN = f"{TABLE}def root(run):\n    return TABLE[run.kind]()"


def test_the_chosen_entry_alone_is_reached() -> None:
    assert parts_of(CHOSEN, kind="a") == {"root", "TABLE[a]", "f"}
    assert parts_of(CHOSEN, kind="b") == {"root", "TABLE[b]", "g"}
    assert not differ(CHOSEN, edited(CHOSEN, "22", "23"), kind="a")
    assert differ(CHOSEN, edited(CHOSEN, "22", "23"), kind="b")


def test_a_result_that_chooses_otherwise_is_another() -> None:
    assert reach_of(CHOSEN, kind="a").digest != reach_of(CHOSEN, kind="b").digest


@pytest.mark.parametrize("choice", [{}, {"other": "a"}, {"kind": "c"}], ids=["none", "another field", "no such key"])
def test_the_whole_table_is_reached_where_the_choice_is_not_known(choice: dict[str, str]) -> None:
    assert parts_of(CHOSEN, **choice) == {"root", "TABLE", "f", "g"}


def test_what_is_chosen_and_is_in_no_table_is_named() -> None:
    assert reach_of(CHOSEN, kind="c").lacking == {"main.TABLE[c], which kind chooses"}
    assert reach_of(CHOSEN, kind="a").lacking == set()


def test_a_run_whose_activation_training_lacks_is_refused_as_it_is_planned() -> None:
    chosen = {"activation": {"tanh"}, "task": {"decoder"}, "distribution": {"uniform"}, "form": {"dense"}}
    code = code_of(stages.TRAINING, stages.PLUMBING, precision={"float32"}, **chosen)
    with pytest.raises(CodeError, match=r"there is no .*NONLINEARITIES\[tanh\], which activation chooses: add it"):
        assert code.digest


@pytest.mark.parametrize(
    "chosen",
    [
        "def root(kind):\n    return TABLE[kind]()",
        "def root(*, kind):\n    return [TABLE[kind]() for _ in 'a']",
        "def root(kind):\n    return (lambda: TABLE[kind]())()",
        "def root(self):\n    return TABLE[self.run.kind]()",
        "def root():\n    return TABLE['a']()",
        "TABLES = TABLE\ndef root(run):\n    from pkg.main import TABLE as t\n    return t[run.kind]()",
    ],
)
def test_an_argument_or_an_attribute_chooses(chosen: str) -> None:
    assert parts_of(TABLE + chosen, kind="a") == {"root", "TABLE[a]", "f"}


WITH_DEFAULT = f"{TABLE}def h(): return 33\ndef root(run):\n    return TABLE.get(run.kind, h)()"


def test_an_entry_with_a_default_is_reached_alone_or_not_at_all() -> None:
    assert parts_of(WITH_DEFAULT, kind="a") == {"root", "TABLE[a]", "f", "h"}
    assert parts_of(WITH_DEFAULT, kind="c") == {"root", "h"}
    assert reach_of(WITH_DEFAULT, kind="c").lacking == set()
    assert parts_of(WITH_DEFAULT) == {"root", "TABLE", "f", "g", "h"}


def test_a_default_that_becomes_an_entry_makes_another_result() -> None:
    with_c = edited(WITH_DEFAULT, "'b': g", "'b': g, 'c': g")
    assert differ(WITH_DEFAULT, with_c, kind="c")
    assert not differ(WITH_DEFAULT, with_c, kind="a")


def test_of_several_choices_it_counts_which_has_the_entry() -> None:
    assert differ(WITH_DEFAULT, edited(WITH_DEFAULT, "'a': f", "'c': f"), kind=["a", "c"])
    assert not differ(WITH_DEFAULT, edited(WITH_DEFAULT, "'b': g", "'d': g"), kind=["a", "c"])


KEYS_ALONE = """
from typing import Literal
from pydantic import BaseModel
def make(number): return lambda: number
TABLE = {'a': make(11), 'b': make(22)}
Kind = Literal[tuple(TABLE)]
class Run(BaseModel):
    kind: Kind
def root(run: Run):
    return TABLE[run.kind]()
"""


def test_a_type_made_of_a_tables_keys_reaches_none_of_its_entries() -> None:
    assert "TABLE" not in parts_of(KEYS_ALONE, kind="a")
    assert not differ(KEYS_ALONE, edited(KEYS_ALONE, "22", "23"), kind="a")
    assert not differ(KEYS_ALONE, edited(KEYS_ALONE, "'b': make(22)", "'b': make(22), 'c': lambda: 3"), kind="a")
    assert differ(KEYS_ALONE, edited(KEYS_ALONE, "22", "23"), kind="b")


@pytest.mark.parametrize(
    "chosen",
    [
        "def root(kind):\n    kind = kind or 'b'\n    return TABLE[kind]()",
        "def root(run):\n    kind = 'b'\n    return TABLE[kind]()",
        "def root(run):\n    return [TABLE[kind]() for kind in 'ab']",
        "def root(kind):\n    for kind in 'ab':\n        TABLE[kind]()",
        "def root(kind):\n    return [TABLE[kind]() for kind in 'ab']",
        (
            "def root(kind):\n    def f():\n        nonlocal kind\n        kind = 'b'\n    f()\n"
            "    return (lambda: TABLE[kind])()"
        ),
        "kind = 'b'\ndef root():\n    return TABLE[kind]()",
        "class Other:\n    kind = 'b'\ndef root():\n    return TABLE[Other.kind]()",
        "def root(run):\n    return TABLE.get(run.kind)()",
        "def root(run):\n    return TABLE.get(run.kind + '', run)()",
        "def root(run):\n    return dict.get(TABLE, run.kind)()",
        "def root(run):\n    return [f() for f in TABLE.values()]",
        "def root(run):\n    return use(TABLE, run.kind)\ndef use(table, kind):\n    return table[kind]()",
        "def root(run):\n    return TABLE[run.kind + '']()",
    ],
)
def test_the_whole_table_is_reached_where_it_is_not_to_be_seen_what_chooses(chosen: str) -> None:
    assert parts_of(TABLE + chosen, kind="a") >= {"TABLE", "f", "g"}


@pytest.mark.parametrize(
    "more",
    [
        "TABLE['a'] = g",
        "TABLE.update(a=g)",
        "TABLE = TABLE | {'a': g}",
        "def change():\n    TABLE['a'] = g",
        "if True:\n    TABLE = {'a': g}",
    ],
)
def test_a_table_that_is_changed_is_reached_as_a_whole(more: str) -> None:
    assert parts_of(f"{CHOSEN}\n{more}\n", kind="a") >= {"TABLE", "f", "g"}


@pytest.mark.parametrize("table", ["{'a': f, **{'b': g}}", "{'a': f, 'a': g}", "{'a': f, g: g}", "dict(a=f, b=g)"])
def test_what_is_no_plain_table_is_reached_as_a_whole(table: str) -> None:
    assert parts_of(CHOSEN.replace("{'a': f, 'b': g}", table), kind="a") == {"root", "TABLE", "f", "g"}


def test_a_key_that_is_called_as_a_field_is_not_taken_for_it() -> None:
    sources = "TABLE = {'kind': 1, 'a': 11}\ndef root(run):\n    return TABLE[run.kind]"
    assert parts_of(sources, kind="a") == {"root", "TABLE[a]"}


def test_a_class_that_is_chosen_is_reached_with_what_is_called_of_it() -> None:
    sources = """
        class A:
            def f(self): return 11
        class B:
            def f(self): return 22
        TABLE = {"a": A, "b": B}
        def root(run):
            return TABLE[run.kind]().f()
    """
    assert parts_of(sources, kind="a") == {"root", "TABLE[a]", "A", "A.f"}
    assert not differ(sources, edited(sources, "22", "23"), kind="a")


def test_a_class_that_inherits_from_another_alternative_is_reached_with_it() -> None:
    sources = """
        class A:
            def f(self): return 11
        class B(A):
            def g(self): return 22
        TABLE = {"a": A, "b": B}
        def root(run):
            return TABLE[run.kind]().f()
    """
    assert parts_of(sources, kind="b") == {"root", "TABLE[b]", "A", "A.f", "B"}


def test_keys_may_be_any_text() -> None:
    sources = "TABLE = {'a.b': 11, 'c[d]': 22}\ndef root(run):\n    return TABLE[run.kind]"
    for kind in ("a.b", "c[d]"):
        assert parts_of(sources, kind=kind) == {"root", f"TABLE[{kind}]"}


def test_several_values_of_a_field_reach_several_entries() -> None:
    sources = "TABLE = {'a': 1, 'b': 2, 'c': 3}\ndef root(run):\n    return TABLE[run.kind]"
    choice = {"kind": ["a", "c"]}
    assert parts_of(sources, **choice) == {"root", "TABLE[a]", "TABLE[c]"}
