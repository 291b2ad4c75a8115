"""What a reader alone sees, where a definition stands and what it is called change nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.packages import Sources, differ, edited, reach_of

MODEL = """
    from pydantic import BaseModel, Field
    class A(BaseModel):
        '''Text.'''
        x: int = Field(default=1, description="text", title="text", examples=[1])
    def root():
        return A()
"""
KNOWN_MODEL = """
    from pydantic import BaseModel
    class A(BaseModel):
        x: int
        def f(self): return self.x
    def root(a: A):
        return a.f()
"""
ERROR = "def root(x):\n    if x:\n        raise ValueError(f'{x} is wrong', x)\n    raise KeyError"
LOGGING = (
    "import logging\nLOG = logging.getLogger(__name__)\ndef f(): return 1\ndef root():\n"
    "    LOG.info('%s', f())\n    return 1"
)
FUNCTION = "def f(x):\n    return x\n\ndef root():\n    return f(1)"
TABLE = "def f(): return 1\ndef g(): return 2\nTABLE = {'a': f, 'b': g}\ndef root(run):\n    return TABLE[run.kind]()"

EDITS: dict[str, tuple[Sources, str, str]] = {
    "a comment": (FUNCTION, "return x", "return x  # text"),
    "the layout": (FUNCTION, "return x", "return (\n        x\n    )"),
    "a docstring": (FUNCTION, "def f(x):", "def f(x):\n    '''Text.'''"),
    "a class's docstring": (MODEL, "Text.", "Other text."),
    "text under a constant": ("A = 1\n'''Text.'''\n\ndef root():\n    return A", "Text.", "Other text."),
    "text in a module with statements": (
        "import torch\ntorch.f()\n\nclass A:\n    x = 1\n\ndef root():\n    return A()",
        "class A:\n",
        "class A:\n    '''Text.'''\n",
    ),
    "how a number is written": ("def root():\n    return 1000", "1000", "1_000"),
    "how text is written": ("def root():\n    return 'a'", "'a'", '"a"'),
    "an annotation": (FUNCTION, "def f(x):", "def f(x: int) -> float:"),
    "an annotation that nothing defines": (FUNCTION, "def f(x):", "def f(x: 'n d'):"),
    "an annotation with a class": (
        "class A:\n    def f(self): return 1\ndef g(x): return A().f()\ndef root():\n    return g(1)",
        "def g(x)",
        "def g(x: A) -> 'A | None'",
    ),
    "an annotation of a constant": ("A = [1]\n\ndef root():\n    return A", "return A", "return A  # type: list[int]"),
    "an annotation of a local variable": ("def root():\n    return 1", "return 1", "x: int\n    return 1"),
    "an annotation of a dataclass's field": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\n\ndef root():\n    return A()",
        "x: int",
        "x: float",
    ),
    "a field's description": (MODEL, 'description="text"', 'description="other text"'),
    "a field's title and examples": (MODEL, ', title="text", examples=[1]', ""),
    "a field more of a model that others make": (KNOWN_MODEL, "x: int\n", "x: int\n        y: int = 0\n"),
    "a field's annotation in a model that others make": (KNOWN_MODEL, "x: int\n", "x: float\n"),
    "a method more": (KNOWN_MODEL, "def f(", "def g(self): return 2\n        def f("),
    "the text of an error": (ERROR, "is wrong", "is not right"),
    "how the text of an error is made": (ERROR, "f'{x} is wrong'", "'%s is wrong' % x"),
    "a call in the text of an error": (ERROR, "{x} is", "{max(x)} is"),
    "the text of an assertion": ("def root(x):\n    assert x, 'text'", "'text'", "f'{x}'"),
    "a line of a log": (LOGGING, "LOG.info('%s', f())", "LOG.debug('%s and %s', f(), f())"),
    "no line of a log": (LOGGING, "LOG.info('%s', f())\n    ", ""),
    "what a line of a log says": (LOGGING, "def f(): return 1", "def f(): return 2"),
    "a logger of another module": (
        {
            "main": "from pkg import other\n\ndef root():\n    other.LOG.info('a')",
            "other": "import logging\nLOG = logging.getLogger('a')",
        },
        "LOG.info('a')",
        "LOG.info('b')",
    ),
    "another import": ({"main": f"import os\n{FUNCTION}", "other": "def g(): return 1"}, "import os", "import sys"),
    "a type checker's import": (
        {
            "main": f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\n{FUNCTION}",
            "other": "import torch\ntorch.f(1)",
        },
        "import os",
        "from pkg import other",
    ),
    "a definition that is not reached": (FUNCTION, "def root", "def g(): return eval('1')\n\ndef root"),
    "a module that is not reached": (
        {"main": FUNCTION, "other": "A = 1"},
        "A = 1",
        "import torch\ntorch.f(1)\nA = []\nA.append(1)",
    ),
    "the order of functions": (FUNCTION, FUNCTION, "def root():\n    return f(1)\n\ndef f(x):\n    return x"),
    "the order of constants": ("A = 1\nB = 2\n\ndef root():\n    return A, B", "A = 1\nB = 2", "B = 2\nA = 1"),
    "the order of methods": (
        "class A:\n    def f(self): return 1\n    def g(self): return 2\n\ndef root(a: A):\n    return a.f() - a.g()",
        "def f(self): return 1\n    def g(self): return 2",
        "def g(self): return 2\n    def f(self): return 1",
    ),
    "the order of functions that change a constant": (
        "A = []\ndef f(): A.append(1)\ndef g(): A.append(2)\ndef root():\n    return A",
        "def f(): A.append(1)\ndef g(): A.append(2)",
        "def g(): A.append(2)\ndef f(): A.append(1)",
    ),
    "an entry more": (TABLE, "'a': f,", "'a': f, 'c': root,"),
    "the order of entries": (TABLE, "'a': f, 'b': g", "'b': g, 'a': f"),
    "another entry": (TABLE, "def g(): return 2", "def g(): return 3"),
    "a constant in place of a number's place": (
        "A = 1\n\ndef root():\n    return A",
        "A = 1",
        "A = (\n    1  # text\n)",
    ),
}


@pytest.mark.parametrize(("sources", "old", "new"), EDITS.values(), ids=EDITS.keys())
def test_what_is_no_matter_changes_nothing(sources: Sources, old: str, new: str) -> None:
    assert not differ(sources, edited(sources, old, new), kind="a")


RENAMED: dict[str, tuple[Sources, str, str]] = {
    "a function": (FUNCTION.replace("f(", "helper("), "helper", "other"),
    "a function that calls itself": (
        "def root(n):\n    return n and helper(n)\n\ndef helper(n):\n    return helper(n - 1)",
        "helper",
        "a",
    ),
    "a constant": ("CONSTANT = 1\n\ndef root():\n    return CONSTANT", "CONSTANT", "A"),
    "a constant that is changed": (
        "CONSTANT = []\nCONSTANT.append(1)\n\ndef root():\n    return CONSTANT",
        "CONSTANT",
        "A",
    ),
    "a global": ("CONSTANT = 1\n\ndef root():\n    global CONSTANT\n    CONSTANT += 1", "CONSTANT", "A"),
    "a class": ("class Old:\n    def f(self): return 1\n\ndef root(x: 'Old'):\n    return Old().f()", "Old", "New"),
    "a base": (
        "class Base:\n    def f(self): return 1\nclass B(Base): ...\ndef root():\n    return B().f()",
        "Base",
        "New",
    ),
    "an error": ("class Old(Exception): ...\n\ndef root():\n    raise Old('text')", "Old", "New"),
    "a table": (TABLE, "TABLE", "OTHERS"),
    "a conditional definition": (
        "if True:\n    def helper(): return 1\n\ndef root():\n    return helper()",
        "helper",
        "other",
    ),
    "what an import calls it": (
        {"main": "from pkg.other import f as called\n\ndef root():\n    return called()", "other": "def f(): return 1"},
        "called",
        "f",
    ),
    "what an import in a function calls it": (
        {
            "main": "def root():\n    from pkg.other import f as called\n    return called()",
            "other": "def f(): return 1",
        },
        "called",
        "f",
    ),
    "what an import calls another package": ("import numpy as np\n\ndef root():\n    return np.sin(1)", "np", "numpy"),
}


@pytest.mark.parametrize(("sources", "old", "new"), RENAMED.values(), ids=RENAMED.keys())
def test_a_new_name_everywhere_changes_nothing(sources: Sources, old: str, new: str) -> None:
    assert not differ(sources, edited(sources, old, new), kind="a")


MOVED: dict[str, tuple[Sources, Sources]] = {
    "a function, with what it uses": (
        "A = 1\ndef f(): return A\n\ndef root():\n    return f()",
        {"main": "from pkg.other import f\n\ndef root():\n    return f()", "other": "A = 1\ndef f(): return A"},
    ),
    "a function, without what it uses": (
        "A = 1\ndef f(): return A\n\ndef root():\n    return f()",
        {
            "main": "from pkg import other\nA = 1\n\ndef root():\n    return other.f()",
            "other": "from pkg import main\n\ndef f(): return main.A",
        },
    ),
    "a class": (
        "class A:\n    def f(self): return 1\n\ndef root(a: A):\n    return a.f()",
        {
            "main": "from pkg.z import A\n\ndef root(a: A):\n    return a.f()",
            "z": "class A:\n    def f(self): return 1",
        },
    ),
    "a table": (
        TABLE,
        {
            "main": "from pkg import other\n\ndef root(run):\n    return other.TABLE[run.kind]()",
            "other": "def f(): return 1\ndef g(): return 2\nTABLE = {'a': f, 'b': g}",
        },
    ),
    "a re-exported function": (
        {"main": "from pkg.other import f\n\ndef root():\n    return f()", "other": "def f(): return 1"},
        {
            "main": "from pkg.other import f\n\ndef root():\n    return f()",
            "other": "from pkg.third import f",
            "third": "def f(): return 1",
        },
    ),
    "constants that are changed, between modules of other names": (
        {
            "main": "from pkg import a, b\n\ndef root():\n    return a.A, b.B",
            "a": "A = []\ndef f(): A.append(1)",
            "b": "B = []\ndef f(): B.append(2)",
        },
        {
            "main": "from pkg import a, b\n\ndef root():\n    return b.A, a.B",
            "b": "A = []\ndef f(): A.append(1)",
            "a": "B = []\ndef f(): B.append(2)",
        },
    ),
    "models that others make, between modules of other names": (
        {
            "main": "from pkg import a, b\n\ndef root(x: a.A, y: b.B):\n    return x.f(), y.f()",
            "a": "from pydantic import BaseModel\nclass A(BaseModel):\n    def f(self): return 1",
            "b": "from pydantic import BaseModel\nclass B(BaseModel):\n    def f(self): return 2",
        },
        {
            "main": "from pkg import a, b\n\ndef root(x: b.B, y: a.A):\n    return x.f(), y.f()",
            "b": "from pydantic import BaseModel\nclass B(BaseModel):\n    def f(self): return 1",
            "a": "from pydantic import BaseModel\nclass A(BaseModel):\n    def f(self): return 2",
        },
    ),
}


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED.keys())
def test_another_place_changes_nothing(before: Sources, after: Sources) -> None:
    assert not differ(before, after, kind="a")


def test_a_module_that_changes_no_result_is_not_looked_into() -> None:
    sources = {
        "main": "from pkg import aside\n\ndef root():\n    return aside.f()",
        "aside": "import torch\ntorch.f(1)\ndef f(): return eval('1')",
    }
    reach = reach_of(sources, beside=("aside",))
    assert list(reach.definitions) == ["main.root"]
    assert reach.digest == reach_of(edited(sources, "eval('1')", "2"), beside=("aside",)).digest


def test_a_function_of_it_may_move_there() -> None:
    before = {
        "main": "from pkg import aside\n\ndef root():\n    return aside.f()",
        "aside": "def f(): return 1",
        "other": "",
    }
    after = {
        "main": "from pkg import other\n\ndef root():\n    return other.f()",
        "aside": "",
        "other": "def f(): return 1",
    }
    beside = ("aside", "other")
    assert reach_of(before, beside=beside).digest == reach_of(after, beside=beside).digest


SAID = "from helpers.packages import reach_of\nfrom test_no_matter import MOVED\n" + (
    "print([reach_of(package, kind='a').digest for pair in MOVED.values() for package in pair])"
)


def test_digests_are_the_same_in_every_process() -> None:
    said = {
        subprocess.check_output(
            [sys.executable, "-c", SAID],
            cwd=Path(__file__).parent,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
