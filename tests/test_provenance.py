import ast
from pathlib import Path

import pytest

from monosemanticity import provenance
from monosemanticity.errors import CodeError
from monosemanticity.provenance import TRAINING, changes, code, definitions, digest

PACKAGE = Path(provenance.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

SOURCE = '''
"""A module."""
import os
RATE = 0.5
class Step:
    """What it does."""
    size: int = 3
    """How large."""
    def take(self, x):
        return x + self.size
def total(values):
    return sum(values)
'''


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_comments_and_formatting_do_not_count(path):
    """Python's own printer leaves the comments out and lays every line out its own way."""
    source = path.read_text()
    printed = ast.unparse(ast.parse(source))
    assert printed != source or path.name == "__init__.py"
    assert definitions(printed) == definitions(source)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Another text."""'),
        ('"""What it does."""', ""),
        ('    """How large."""\n', ""),
        ("    return sum(values)", '    """Of all."""\n    return sum(values)'),
        ("RATE = 0.5", "RATE = 0.5  # per step"),
        ("sum(values)", "(\n        sum(values)\n    )"),
    ],
)
def test_docstrings_comments_and_layout_do_not_count(old, new):
    assert definitions(SOURCE.replace(old, new)) == definitions(SOURCE)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("RATE = 0.5", "RATE = 0.25", {"RATE"}),
        ("x + self.size", "x - self.size", {"Step"}),
        ("size: int = 3", "size: int = 4", {"Step"}),
        ("sum(values)", "sum(values, 0)", {"total"}),
        ("import os", "import sys", {"imports"}),
        ("def total(", "def whole(", {"total", "whole"}),
    ],
)
def test_another_definition_has_another_digest(old, new, changed):
    before, now = definitions(SOURCE), definitions(SOURCE.replace(old, new))
    assert {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)} == changed


def test_code_that_has_no_name_counts():
    assert "other statements" in definitions(SOURCE + "\nprint(total([1]))\n")
    assert definitions("f(1)\nf(2)") != definitions("f(2)\nf(1)")


def test_the_order_of_definitions_counts():
    assert digest(definitions("a = 1\nb = 2")) != digest(definitions("b = 2\na = 1"))


def test_training_depends_on_training_code_alone():
    files = set(code(*TRAINING))
    assert {"train.py", "step.py", "dense_step.py", "kernels.py", "lamb.py", "store.py", "spec.py"} <= files
    assert not {"cli.py", "plan.py", "config.py", "probes.py", "progress.py", "tables.py", "findings.py"} & files
    assert not [file for file in files if file.startswith("figures/")]


def test_a_figure_depends_on_its_own_kind_alone():
    files = set(code("monosemanticity.figures.draw", "monosemanticity.figures.heat"))
    assert {"figures/draw.py", "figures/heat.py", "figures/results.py", "probes.py", "captions.py"} <= files
    assert not {"figures/trace.py", "figures/sweep.py", "train.py", "step.py", "tables.py", "findings.py"} & files


def test_packages_import_nothing_that_would_go_unseen():
    """A module's packages run before it does, and are not in its import closure."""
    for path in PACKAGE.rglob("__init__.py"):
        assert definitions(path.read_text()) == {}


def test_changes_name_the_file_and_the_definition():
    before = {
        "step.py": {"Step": "1", "Losses": "2", "old": "3"},
        "gone.py": {"f": "4"},
        "lamb.py": {"a": "5", "b": "6"},
    }
    now = {"step.py": {"Step": "9", "Losses": "2", "new": "3"}, "come.py": {"g": "4"}, "lamb.py": {"b": "6", "a": "5"}}
    assert changes(before, now) == [
        "come.py: newly imported",
        "gone.py: no longer imported",
        "lamb.py: definitions in another order",
        "step.py: Step: changed",
        "step.py: new: added",
        "step.py: old: removed",
    ]
    assert changes(before, before) == []


def test_a_job_refuses_other_code_than_it_was_planned_with():
    now = code(*TRAINING)
    provenance.refuse_other(None, now)
    provenance.refuse_other(digest(now), now)
    with pytest.raises(CodeError, match=f"from 0123 to {digest(now)}; start snakemake again"):
        provenance.refuse_other("0123", now)
