"""What is said of a change: which definitions, and the way by which a result comes to each."""

import pytest

from helpers.packages import Sources, edited, reach_of
from monosemanticity.identity.code import changes

SOURCES = {
    "main": "from pkg.other import A\n\ndef root():\n    return A().f()",
    "other": """
        from pkg import third
        class A:
            def f(self): return third.g()
            def unused(self): return 1
    """,
    "third": "B = 2\ndef g(): return B",
}


def changed(before: Sources, after: Sources) -> dict[str, str]:
    return changes(reach_of(before).definitions, reach_of(after).definitions)


def test_a_chain_leads_from_a_root_to_a_definition() -> None:
    reach = reach_of(SOURCES)
    assert reach.chain("third.B") == ["main.root", "other.A.f", "third.g", "third.B"]
    assert reach.chain("main.root") == ["main.root"]
    assert reach.chain("other.A.unused") == []


def test_a_chain_is_the_shortest() -> None:
    sources = "A = 1\ndef f(): return A\ndef g(): return f()\ndef root():\n    return g(), f()"
    assert reach_of(sources).chain("main.A") == ["main.root", "main.f", "main.A"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("B = 2", "B = 3", {"third.B": "changed"}),
        ("return B", "return 2", {"third.B": "no longer reached", "third.g": "changed"}),
        ("return B", "return B + C\nC = 1", {"third.C": "newly reached", "third.g": "changed"}),
        ("unused(self)", "g(self)", {}),
        ("class A:", "class A:\n            x = 1", {"other.A": "changed"}),
        ("return A().f()", "return A().f() + 1", {"main.root": "changed"}),
    ],
)
def test_definitions_are_said_to_have_changed(old: str, new: str, said: dict[str, str]) -> None:
    assert changed(SOURCES, edited(SOURCES, old, new)) == said


def test_what_only_moved_is_left_out() -> None:
    after = SOURCES | {"third": "from pkg.fourth import B\ndef g(): return B + 0", "fourth": "B = 2"}
    assert changed(SOURCES, after) == {"third.g": "changed"}


def test_a_method_of_another_class_has_not_only_moved() -> None:
    before = """
        class A:
            def f(self): return 1
        class B(A):
            def f(self): return 2
        class C(A): ...
        def root(b: B, c: C):
            return b.f() - c.f()
    """
    after = edited(before, "class C(A): ...", "class C(A):\n            def f(self): return 2")
    after = edited(after, "class B(A):\n            def f(self): return 2", "class B(A): ...")
    assert changed(before, after) == {"main.B.f": "no longer reached", "main.C.f": "newly reached"}


def test_functions_of_the_same_name_that_change_places_have_not_only_moved() -> None:
    before = {
        "main": "from pkg import a, b\n\ndef root():\n    return a.f() - b.f()",
        "a": "def f(): return 1",
        "b": "def f(): return 2",
    }
    after = before | {"a": before["b"], "b": before["a"]}
    assert changed(before, after) == {"a.f": "changed", "b.f": "changed"}


def test_nothing_has_changed_where_nothing_has() -> None:
    assert changed(SOURCES, SOURCES) == {}
