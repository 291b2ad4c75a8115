"""Packages drawn at random, run as they are and with one number changed.

Where the root gives something else the digest must be another; where the digest is another the change was to something
that is reached. A package's functions stand in any order, its definitions in any module and under any name.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from helpers.packages import PACKAGE, parts_of, reach_of

MODULES = ("main", "one", "two")
SHAPES = {
    "function": "def {name}(x=0):\n    return x + {number} + {uses}\n",
    "constant": "{name}_value = {number} + {uses}\ndef {name}(x=0):\n    return {name}_value + x\n",
    "lambda": "{name} = lambda x=0: x * {number} + {uses}\n",
    "default": "def {name}(x={number} + {uses}):\n    return x\n",
    "decorated": (
        "def {name}_twice(f):\n    return lambda x=0: f(x) * {number}\n"
        "@{name}_twice\ndef {name}(x):\n    return x + {uses}\n"
    ),
    "nested": (
        "def {name}(x=0):\n    def inner(y):\n        return [y * {number} + z for z in (x, {uses})]\n"
        "    return sum(inner(x))\n"
    ),
    "class": (
        "class {name}_class:\n    def __init__(self, x):\n        self.x = x\n"
        "    def {name}_m(self):\n        return self.x + {number}\n"
        "def {name}(x=0):\n    return {name}_class(x).{name}_m() + {uses}\n"
    ),
    "inherited": (
        "class {name}_base:\n    k = {number}\n    @property\n    def {name}_p(self):\n        return self.k\n"
        "class {name}_class({name}_base):\n    def __add__(self, other):\n        return super().{name}_p + other\n"
        "def {name}(x=0):\n    return ({name}_class() + x) + {uses}\n"
    ),
    "field": (
        "from dataclasses import dataclass, field\n@dataclass\nclass {name}_class:\n"
        "    {name}_x: int = field(default_factory=lambda: {number} + {uses})\n"
        "def {name}(x=0):\n    return {name}_class().{name}_x\n"
    ),
    "table": (
        "{name}_T = {{'a': lambda: {number}, 'b': lambda: 1}}\ndef {name}(x=0):\n    return {name}_T['a']() + {uses}\n"
    ),
    "list": "{name}_L = []\n{name}_L.append({number} + {uses})\ndef {name}(x=0):\n    return {name}_L[0] + x\n",
    "registry": (
        "{name}_L = []\ndef {name}_keep(f):\n    {name}_L.append(f)\n    return f\n"
        "@{name}_keep\ndef {name}_kept():\n    return {number} + {uses}\ndef {name}(x=0):\n    return {name}_L[0]()\n"
    ),
    "condition": (
        "if {number} > 500:\n    def {name}(x=0):\n        return {uses}\nelse:\n    def {name}(x=0):\n"
        "        return x\n"
    ),
    "global": (
        "{name}_n = 0\ndef {name}_count():\n    global {name}_n\n    {name}_n += {number}\n    return {name}_n\n"
        "def {name}(x=0):\n    {name}_count()\n    return {name}_n + {uses}\n"
    ),
    "error": (
        "class {name}_error(Exception):\n    code = {number}\n"
        "def {name}(x=0):\n    try:\n        raise {name}_error('text')\n"
        "    except Exception as error:\n        return error.code + {uses}\n"
    ),
    "match": (
        "class {name}_class:\n    {name}_x = {number}\n"
        "def {name}(x=0):\n    match {name}_class():\n        case {name}_class({name}_x=y):\n"
        "            return y + {uses}\n"
    ),
}


@dataclass(frozen=True)
class Definition:
    """A function of some shape, with a number of its own, that calls some of those before it."""

    name: str
    shape: str
    module: str
    number: int
    uses: tuple[int, ...]


@st.composite
def packages(draw: st.DrawFn) -> list[Definition]:
    count = draw(st.integers(2, 7))
    return [
        Definition(
            f"f{n}",
            draw(st.sampled_from(sorted(SHAPES))),
            MODULES[min(2, 2 - 2 * n // count)],  # what comes later may import what came before
            draw(st.integers(100, 999)),
            tuple(sorted(draw(st.sets(st.integers(0, n - 1), max_size=2)))) if n else (),
        )
        for n in range(count)
    ]


def written(definitions: list[Definition], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The text of each module."""
    called = {each.name: (names or {}).get(each.name, each.name) for each in definitions}
    texts = dict.fromkeys(MODULES, "")
    for each in definitions:
        used = [definitions[n] for n in each.uses]
        imports = {
            f"from {PACKAGE}.{other.module} import {called[other.name]}\n"
            for other in used
            if other.module != each.module
        }
        uses = " + ".join(["0", *(f"{called[other.name]}()" for other in used)])
        shape = SHAPES[each.shape].format(name=called[each.name], number=each.number, uses=uses)
        texts[each.module] += "".join(sorted(imports)) + shape
    texts["main"] += f"from {PACKAGE}.{definitions[-1].module} import {called[definitions[-1].name]} as last\n"
    texts["main"] += "def root():\n    return last()\n"
    return texts


def run(texts: Mapping[str, str]) -> object:
    """What the root gives."""
    with modules_of(texts) as main:
        return main.root()


@contextmanager
def modules_of(texts: Mapping[str, str]) -> Iterator[ModuleType]:
    names = [PACKAGE, *(f"{PACKAGE}.{module}" for module in reversed(MODULES))]
    try:
        for name in names:
            sys.modules[name] = ModuleType(name)
            exec(texts.get(name.removeprefix(f"{PACKAGE}."), ""), vars(sys.modules[name]))  # noqa: S102 our own text
        yield sys.modules[f"{PACKAGE}.main"]
    finally:
        for name in names:
            sys.modules.pop(name, None)


def needed(definitions: list[Definition], last: int) -> set[int]:
    return {last}.union(*(needed(definitions, n) for n in definitions[last].uses))


def with_another_number(definitions: list[Definition], place: int) -> list[Definition]:
    each = definitions[place]
    other = Definition(each.name, each.shape, each.module, 1099 - each.number, each.uses)
    return [*definitions[:place], other, *definitions[place + 1 :]]


@given(packages(), st.data())
def test_what_gives_something_else_has_another_digest(definitions: list[Definition], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(definitions) - 1))
    before, after = written(definitions), written(with_another_number(definitions, place))
    if run(before) != run(after):
        assert reach_of(before).digest != reach_of(after).digest


EFFECTS = {"list", "registry", "condition", "decorated", "default"}
"""Shapes that do something when their module is imported, and so count with every definition of it."""


@given(packages(), st.data())
def test_a_number_counts_just_where_its_definition_is_needed(
    definitions: list[Definition], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(definitions) - 1))
    is_needed = place in needed(definitions, len(definitions) - 1)
    before, after = written(definitions), written(with_another_number(definitions, place))
    if is_needed or EFFECTS.isdisjoint(each.shape for each in definitions):
        assert (reach_of(before).digest != reach_of(after).digest) == is_needed


@given(packages(), st.permutations("abcdefg"))
def test_names_are_no_matter(definitions: list[Definition], letters: list[str]) -> None:
    names = {each.name: f"renamed_{letter}" for each, letter in zip(definitions, letters, strict=False)}
    if "class" not in str(written(definitions)) and "table" not in {each.shape for each in definitions}:
        assert reach_of(written(definitions)).digest == reach_of(written(definitions, names)).digest


@given(packages(), st.data())
def test_the_order_of_definitions_is_no_matter(definitions: list[Definition], data: st.DataObject) -> None:
    """Of those that nothing is computed from while the module is imported, and whose module does nothing else."""
    texts = written(definitions)
    if not EFFECTS.isdisjoint(each.shape for each in definitions):
        return
    module = data.draw(st.sampled_from(MODULES))
    blocks = texts[module].replace("\n@", "\n\n@").split("\ndef ")
    head, functions = blocks[0], [f"\ndef {block}" for block in blocks[1:]]
    if "class" not in texts[module]:
        shuffled = {**texts, module: head + "".join(data.draw(st.permutations(functions)))}
        assert reach_of(texts).digest == reach_of(shuffled).digest


@given(packages(), st.data())
def test_the_module_is_no_matter(definitions: list[Definition], data: st.DataObject) -> None:
    if EFFECTS.isdisjoint(each.shape for each in definitions):
        bounds = sorted(data.draw(st.tuples(*[st.integers(0, len(definitions))] * 2)))
        moved = [
            Definition(each.name, each.shape, MODULES[2 - sum(n >= bound for bound in bounds)], each.number, each.uses)
            for n, each in enumerate(definitions)
        ]
        assert reach_of(written(definitions)).digest == reach_of(written(moved)).digest


def test_every_shape_is_reached_by_its_name_alone() -> None:
    for shape in SHAPES:
        texts = written([Definition("f0", shape, "main", 500, ())])
        assert "root" in parts_of(texts)
        assert run(texts) is not None
