"""What the code that is reached computes with is reached, by whatever way Python finds it.

Every package has the number 11 somewhere: with another in its place the root gives something else, so that its digest
must be another. A package that also has the number 22 has it where the root cannot come by it.
"""

import pytest

from helpers.packages import Sources, differ, edited, reach_of
from monosemanticity.errors import CodeError

BY_NAME = {
    "a function of a function of another module": {
        "main": "from pkg.other import helper\n\ndef root():\n    return helper()",
        "other": "def helper():\n    return deeper()\n\ndef deeper():\n    return 11\n\ndef unused():\n    return 22",
    },
    "a constant of constants": """
        A = 11
        B = A + 1
        C = [B, 2]
        D = 22
        def root():
            return C
    """,
    "a module of a package": {
        "main": "from pkg.inner import deep\n\ndef root():\n    return deep.f()",
        "inner": "",
        "inner.deep": "def f():\n    return 11\n\ndef g():\n    return 22",
    },
    "a dotted import": {
        "main": "import pkg.inner.deep\n\ndef root():\n    return pkg.inner.deep.f()",
        "inner": "",
        "inner.deep": "def f():\n    return 11\n\ndef g():\n    return 22",
    },
    "import as": {
        "main": "import pkg.other as o\n\ndef root():\n    return o.f()",
        "other": "def f():\n    return 11\n\ndef g():\n    return 22",
    },
    "from import as": {
        "main": "from pkg.other import f as called\n\ndef root():\n    return called()",
        "other": "def f():\n    return 11\n\ndef g():\n    return 22",
    },
    "a re-export of a re-export": {
        "main": "from pkg import f\n\ndef root():\n    return f()",
        "": "from pkg.middle import f as f",
        "middle": "from pkg.other import g as f",
        "other": "def g():\n    return 11\n\ndef h():\n    return 22",
    },
    "a re-exported module of another package": {
        "main": "from pkg import compat\n\ndef root():\n    return compat.np.zeros(11)",
        "compat": "import numpy as np",
    },
    "an alias": "def f():\n    return 11\n\nalias = f\n\ndef root():\n    return alias()",
    "a function as a value": "def f():\n    return 11\n\ndef root():\n    return map(f, [1])",
    "a partial": (
        "from functools import partial\ndef f(x):\n    return 11\ng = partial(f, 1)\ndef root():\n    return g()"
    ),
    "an import within a function": {
        "main": "def root():\n    from pkg.other import f\n    return f()",
        "other": "def f():\n    return 11\n\ndef g():\n    return 22",
    },
    "a module imported within a function": {
        "main": "def root():\n    from pkg import other\n    return other.f()",
        "other": "def f():\n    return 11\n\ndef g():\n    return 22",
    },
    "the first of two imports within a function": {
        "main": """
            def root(x):
                if x:
                    from pkg.one import f
                else:
                    from pkg.two import f
                return f()
        """,
        "one": "def f():\n    return 11",
        "two": "def f():\n    return 1",
    },
    "an import that may fail": {
        "main": """
            try:
                from pkg.fast import f
            except ImportError:
                from pkg.slow import f
            def root():
                return f()
        """,
        "fast": "def f():\n    return 11",
        "slow": "def f():\n    return 1",
    },
    "an import that is made another definition of": {
        "main": "from pkg.other import f\ndef f(x, g=f):\n    return g()\n\ndef root():\n    return f(1)",
        "other": "def f():\n    return 11",
    },
    "a conditional definition": "if True:\n    def f():\n        return 11\n\ndef root():\n    return f()",
    "the other branch": "if 0:\n    def f(): return 1\nelse:\n    def f(): return 11\n\ndef root():\n    return f()",
    "a loop": "for x in range(11):\n    pass\n\ndef root():\n    return x",
    "with": "import contextlib\nwith contextlib.nullcontext(11) as x:\n    y = x\n\ndef root():\n    return y",
    "a name bound twice": "A = 11\nA = A + 1\n\ndef root():\n    return A",
    "an augmented assignment": "A = 1\nA += 11\n\ndef root():\n    return A",
    "several targets": "A, (B, *C) = 1, (2, 11)\n\ndef root():\n    return C",
    "a chained assignment": "A = B = [11]\n\ndef root():\n    return B",
    "a module as a value": {
        "main": "from pkg import other\n\ndef root(get):\n    return get(other)",
        "other": "from pkg.third import f as g",
        "third": "def f():\n    return 11",
    },
    "a package as a value": {
        "main": "import pkg.inner.deep as deep\nimport pkg\n\ndef root(get):\n    return get(pkg.inner)",
        "inner": "",
        "inner.deep": "def f():\n    return 11",
    },
    "a cycle": """
        def root(n):
            return even(n)
        def even(n):
            return n == 0 or odd(n - 1)
        def odd(n):
            return n == 11 or even(n - 1)
    """,
    "modules that import one another": {
        "main": "from pkg import other\nA = 11\n\ndef root():\n    return other.f()",
        "other": "from pkg import main\n\ndef f():\n    return main.A",
    },
}

WITHIN_FUNCTIONS = {
    "a lambda": "def f():\n    return 11\n\nroot = lambda: f()",
    "a nested function": "def f():\n    return 11\ndef root():\n    def g():\n        return f()\n    return g()",
    "a comprehension": (
        "def f(x):\n    return 11\ndef root():\n    return {f(x): [f(y) for y in x] for x in [[1]] if f(x)}"
    ),
    "a name that a comprehension binds elsewhere": "x = 11\ndef root():\n    return [[x for x in 'a'], x]",
    "a default": "A = 11\ndef root(x=A):\n    return x",
    "a keyword's default": "A = 11\ndef root(*, x=A, y):\n    return x",
    "a default named as the argument": "A = 11\ndef root(A=A):\n    return A",
    "a walrus": "A = 11\ndef root():\n    if (y := A) > 1:\n        return y",
    "an f-string": "def f():\n    return 11\ndef root():\n    return f'{1:{f()}} {f()!r}'",
    "the format of an f-string": "def root():\n    return f'{1:11d}'",
    "arguments with stars": "A = [11]\nB = {}\ndef root(f):\n    return f(*A, **B)",
    "match": "A = 11\ndef root(x):\n    match x:\n        case [1, y] if y > A:\n            return y",
    "a value of match": "class E:\n    A = 11\ndef root(x):\n    match x:\n        case E.A:\n            return 1",
    "a decorator": "def twice(f):\n    return lambda: f() * 11\n@twice\ndef root():\n    return 1",
    "an argument of a decorator": "A = 11\ndef d(n):\n    return lambda f: n\n@d(A)\ndef root():\n    return 1",
    "a decorator within": (
        "def d(f):\n    return lambda: 11\ndef root():\n    @d\n    def g(): return 1\n    return g()"
    ),
    "a cached function": "import functools\n@functools.cache\ndef f():\n    return 11\ndef root():\n    return f()",
    "a test of assert": "A = 11\ndef root(x):\n    assert x < A, 'too much'",
    "with as": "def opened():\n    return 11\ndef root():\n    with opened() as x:\n        return x",
    "yield, await": "def f():\n    return 11\nasync def root():\n    yield await f()",
    "a try": "def f():\n    return 11\ndef root():\n    try:\n        pass\n    finally:\n        f()",
    "what a log line binds": (
        "import logging\nL = logging.getLogger('a')\ndef root():\n    L.info(x := 11)\n    return x"
    ),
    "a class within": "def f():\n    return 11\ndef root():\n    class A:\n        x = f()\n    return A.x",
    "a method of a class within that names what its class names too": """
        x = 11
        def root():
            class A:
                x = 1
                def f(self):
                    return x
            return A().f()
    """,
    "global": "A = 1\ndef root():\n    global A\n    A = 11\n    return A",
    "a global that another function changes": """
        A = 1
        def change():
            global A
            A = 11
        def root():
            return A
    """,
}

CLASSES = {
    "a method": """
        class A:
            def f(self):
                return 11
            def g(self):
                return 22
        def root():
            return A().f()
    """,
    "a method of an argument": """
        class A:
            def f(self): return 11
        def root(a: A):
            return a.f()
    """,
    "a method of an argument, its class in text": """
        class A:
            def f(self): return 11
        def root(a: "list[A]"):
            return a[0].f()
    """,
    "a method of an argument, its class imported for type checkers": {
        "main": """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from pkg.other import A
            def root(a: "A | None"):
                return a.f()
        """,
        "other": "class A:\n    def f(self): return 11\n    def g(self): return 22",
    },
    "a method of an argument, its class named by an alias": """
        class A:
            def f(self): return 11
        Alias = list[A]
        def root(a: Alias):
            return a[0].f()
    """,
    "a method of an argument, its class within a class": """
        class A:
            class B:
                def f(self): return 11
        def root(a: A.B):
            return a.f()
    """,
    "a method of an argument, its class in a condition": """
        if True:
            class A:
                def f(self): return 11
        def root(a: A):
            return a.f()
    """,
    "a method of what a function returns": """
        class A:
            def f(self): return 11
        def make() -> A: ...
        def root():
            return make().f()
    """,
    "a method of what a module that is not looked into returns": {
        "main": "from pkg.aside import make\n\ndef root():\n    return make().f()",
        "aside": "from pkg.other import A\n\ndef make() -> A: ...",
        "other": "class A:\n    def f(self): return 11\n    def g(self): return 22",
    },
    "a method of what a class that is not looked into returns": {
        "main": "from pkg.aside import Files\n\ndef root():\n    return Files().make().f()",
        "aside": "from pkg.other import A\n\nclass Files:\n    def make(self) -> A: ...",
        "other": "class A:\n    def f(self): return 11\n    def g(self): return 22",
    },
    "a property": "class A:\n    @property\n    def p(self): return 11\n\ndef root(a: A):\n    return a.p",
    "a property's setter": """
        class A:
            @property
            def p(self): return 1
            @p.setter
            def p(self, value): self.x = 11
        def root(a: A):
            a.p = 2
    """,
    "an inherited method": "class A:\n    def f(self): return 11\nclass B(A): ...\ndef root():\n    return B().f()",
    "a method inherited from a generic class": """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        class A(Generic[T]):
            def f(self): return 11
        class B(A[int]): ...
        def root(b: B):
            return b.f()
    """,
    "an overriding method": """
        class A:
            def f(self): return 1
        class B(A):
            def f(self): return 11
        def root():
            return B().f()
    """,
    "super": """
        class A:
            def f(self): return 11
        class B(A):
            def f(self): return super().f()
        def root():
            return B().f()
    """,
    "what implements an abstract method": """
        import abc
        class A(abc.ABC):
            def run(self): return self.f()
            @abc.abstractmethod
            def f(self): ...
        class B(A):
            def f(self): return 11
        def root():
            return B().run()
    """,
    "a protocol's implementation": """
        from typing import Protocol
        class P(Protocol):
            def f(self): ...
        class B:
            def f(self): return 11
        def use(p: P):
            return p.f()
        def root():
            return use(B())
    """,
    "a static method": "class A:\n    @staticmethod\n    def f(): return 11\n\ndef root():\n    return A.f()",
    "a class attribute": "class A:\n    x = 11\n    y = 1\n\ndef root(a: A):\n    return a.x",
    "a class attribute of a constant": "C = 11\nclass A:\n    x = C\n\ndef root(a: A):\n    return a.x",
    "a class attribute that is set on the class": "class A:\n    x = 1\nA.x = 11\n\ndef root(a: A):\n    return a.x",
    "a class attribute that is set from elsewhere": {
        "main": "from pkg.other import A\n\ndef root():\n    return A.x",
        "other": "class A:\n    x = 1",
        "third": "from pkg.other import A\n\ndef change():\n    A.x = 11",
    },
    "a class attribute that is set by a class method": """
        class A:
            x = 1
            @classmethod
            def change(cls): cls.x = 11
        def root(a: A):
            return a.x
    """,
    "a class attribute that is changed in depth": {
        "main": "from pkg.other import A\n\ndef root():\n    return A.x",
        "other": "class A:\n    x = {'a': []}",
        "third": "from pkg import other\n\ndef change():\n    other.A.x['a'].append(11)",
    },
    "a method of another name": "class A:\n    def f(self): return 11\n    g = f\n\ndef root(a: A):\n    return a.g()",
    "a property made of a method": (
        "class A:\n    def f(self): return 11\n    p = property(f)\n\ndef root(a: A):\n    return a.p"
    ),
    "a function as a method": "def f(self):\n    return 11\nclass A:\n    f = f\n\ndef root(a: A):\n    return a.f()",
    "a lambda that names what its class names too": """
        from dataclasses import dataclass, field
        def rate(): return 11
        @dataclass
        class A:
            rate: float = field(default_factory=lambda: rate())
        def root():
            return A()
    """,
    "a comprehension that names what its class names too": """
        x = 11
        class A:
            x = 1
            y = [x for _ in range(2)]
        def root(a: A):
            return a.y
    """,
    "a class's default of an argument": (
        "A = 1\nclass C:\n    A = 11\n    def f(self, a=A): return a\n\ndef root(c: C):\n    return c.f()"
    ),
    "a class-level condition": (
        "class A:\n    if True:\n        def f(self): return 11\n\ndef root(a: A):\n    return a.f()"
    ),
    "addition": "class A:\n    def __add__(self, other): return 11\n\ndef root(a: A):\n    return a + a",
    "a call": "class A:\n    def __call__(self): return 11\n\ndef root(a: A):\n    return a()",
    "a context": "class A:\n    def __enter__(self): return 11\n\ndef root(a: A):\n    with a as x: return x",
    "an iteration": "class A:\n    def __iter__(self): return iter([11])\n\ndef root(a: A):\n    for x in a: return x",
    "a missing attribute": (
        "class A:\n    def __getattr__(self, name): return 11\n\ndef root(a: A):\n    return a.anything"
    ),
    "a descriptor": """
        class D:
            def __get__(self, instance, owner): return 11
        class A:
            d = D()
        def root(a: A):
            return a.d
    """,
    "a constructor": "class A:\n    def __init__(self): self.x = 11\n\ndef root():\n    return A().x",
    "the constructor of an argument": (
        "class A:\n    def __init__(self): self.x = 11\n\ndef root(a: A):\n    return type(a)().x"
    ),
    "a metaclass": (
        "class M(type):\n    def __call__(cls): return 11\nclass A(metaclass=M): ...\n\ndef root():\n    return A()"
    ),
    "what a base keeps of classes made from it": {
        "main": "from pkg.base import Base\n\ndef root(name):\n    return Base.known[name]().f()",
        "base": """
            class Base:
                known = {}
                def __init_subclass__(cls): Base.known[cls.__name__] = cls
        """,
        "other": "from pkg.base import Base\nclass A(Base):\n    def f(self): return 11",
    },
    "what a metaclass keeps of classes": {
        "main": "from pkg.base import Meta\n\ndef root(name):\n    return Meta.known[name]().f()",
        "base": """
            class Meta(type):
                known = {}
                def __init__(cls, *args): Meta.known[cls] = cls
            class Base(metaclass=Meta): ...
        """,
        "other": "from pkg.base import Base\nclass A(Base):\n    def f(self): return 11",
    },
    "a method that another package calls": """
        import torch
        class A(torch.nn.Module):
            def forward(self): return 11
        def root():
            return A()()
    """,
    "a method of a subclass that another package calls": """
        import torch
        class Base(torch.nn.Module): ...
        class A(Base):
            def forward(self): return 11
        def root():
            return A()()
    """,
    "an enumeration": "import enum\nclass E(enum.Enum):\n    A = 11\n\ndef root():\n    return list(E)",
    "an attribute that a pattern names": """
        class A:
            @property
            def p(self): return 11
        def root(a: A):
            match a:
                case A(p=x): return x
    """,
    "an attribute that a pattern counts": """
        class A:
            __match_args__ = ("p",)
            @property
            def p(self): return 11
        def root(a: A):
            match a:
                case A(x): return x
    """,
    "a constant getattr": "class A:\n    def f(self): return 11\n\ndef root(a: A):\n    return getattr(a, 'f')()",
    "an attribute that a format asks for": """
        class A:
            @property
            def p(self): return 11
        def root(a: A):
            return "{0.p:3} {a[x].q}".format(a)
    """,
    "a method of what is cast": """
        from typing import cast
        class A:
            def f(self): return 11
        def root(a):
            return cast("A", a).f()
    """,
    "a model that is given as a class": """
        from pydantic import BaseModel
        class A(BaseModel):
            x: int = 11
        def root(kind: type[A]):
            return kind()
    """,
    "a named tuple made by a call": """
        from collections import namedtuple
        A = namedtuple("A", "x x11")
        def root(a: A):
            return list(a)
    """,
    "an error's class": """
        class Wrong(Exception):
            code = 11
        def root():
            try:
                raise Wrong('text')
            except Exception as error:
                return error.code
    """,
    "what makes an error": "def wrong(x):\n    return ValueError(11)\n\ndef root(x):\n    raise wrong(x)",
    "a number that an error carries": "def root(x):\n    raise StopIteration(11)",
}

BUILT = {
    "a dataclass's default": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 11\n\ndef root():\n    return A()"
    ),
    "a named tuple's default": (
        "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int = 11\n\ndef root():\n    return A()"
    ),
    "a pydantic default": (
        "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 11\n\ndef root():\n    return A()"
    ),
    "a pydantic Field's bound": """
        from pydantic import BaseModel, Field
        class A(BaseModel):
            x: int = Field(default=1, le=11, description="no matter")
        def root():
            return A()
    """,
    "a pydantic annotation": """
        from typing import Annotated
        from pydantic import BaseModel, Field
        class A(BaseModel):
            x: Annotated[int, Field(le=11)]
        def root():
            return A(x=1)
    """,
    "a pydantic annotation named elsewhere": """
        from typing import Literal
        from pydantic import BaseModel
        Size = Literal[1, 11]
        class A(BaseModel):
            x: "Size"
        def root():
            return A(x=1)
    """,
    "a pydantic annotation of a base": """
        from pydantic import BaseModel, Field
        class Base(BaseModel):
            x: int = Field(le=11)
        class A(Base): ...
        def root():
            return A(x=1)
    """,
    "a pydantic validator": """
        from pydantic import BaseModel, field_validator
        class A(BaseModel):
            x: int
            @field_validator("x")
            def check(cls, x): return 11
        def root():
            return A(x=1)
    """,
    "a pydantic model's own constructor": """
        from pydantic import BaseModel
        class A(BaseModel):
            x: int = 11
            @classmethod
            def other(cls): return cls()
        def root(a: A):
            return a.other()
    """,
    "an annotation that dispatches": """
        import functools
        @functools.singledispatch
        def f(x): return 1
        @f.register
        def _(x: int | tuple[11]): return 2
        def root():
            return f(1)
    """,
    "a dispatched function of another module": {
        "main": "from pkg.base import f\n\ndef root():\n    return f(1)",
        "base": "import functools\n@functools.singledispatch\ndef f(x): return 1",
        "other": "from pkg.base import f\n@f.register(int)\ndef _(x): return 11",
    },
    "a class that another package makes of its annotations": """
        import msgspec
        class A(msgspec.Struct):
            x: Literal[11]
        from typing import Literal
        def root():
            return A()
    """,
}

CHANGED_ELSEWHERE = {
    "append": "A = []\nA.append(11)\n\ndef root():\n    return A",
    "append in another module": {
        "main": "A = []\n\ndef root():\n    return A",
        "other": "from pkg.main import A\n\ndef change():\n    A.append(11)",
    },
    "an item": "A = {}\nA['x'] = 11\n\ndef root():\n    return A",
    "an item of an item": {
        "main": "A = {'x': {}}\n\ndef root():\n    return A",
        "other": "from pkg import main\n\ndef change():\n    main.A['x']['y'] = 11",
    },
    "del": "A = {11: 1, 12: 2}\ndel A[11]\n\ndef root():\n    return A",
    "a module's name": {
        "main": "A = 1\n\ndef root():\n    return A",
        "other": "from pkg import main\n\ndef change():\n    main.A = 11",
    },
    "setattr of a module": {
        "main": "A = 1\n\ndef root():\n    return A",
        "other": "from pkg import main\n\ndef change():\n    setattr(main, 'A', 11)",
    },
    "another name of it": {
        "main": "A = []\n\ndef root():\n    return A",
        "other": "from pkg import main\nB = main.A\n\ndef change():\n    B.append(11)",
    },
    "a tensor's method": {
        "main": "import torch\nA = torch.zeros(1)\n\ndef root():\n    return A",
        "other": "from pkg.main import A\n\ndef change():\n    A.fill_(11)",
    },
    "a decorator that keeps": {
        "main": "from pkg.registry import KNOWN\n\ndef root(name):\n    return KNOWN[name]()",
        "registry": "KNOWN = {}\ndef keep(f):\n    KNOWN[f.__name__] = f\n    return f",
        "other": "from pkg.registry import keep\n@keep\ndef f():\n    return 11",
    },
    "a decorator that keeps a class": {
        "main": "from pkg.registry import KNOWN\n\ndef root(name):\n    return KNOWN[name]().f()",
        "registry": "KNOWN = []\ndef keep(f):\n    KNOWN.append(f)\n    return f",
        "other": "from pkg.registry import keep\n@keep\nclass A:\n    def f(self): return 11",
    },
    "a decorator that keeps a method": {
        "main": "from pkg.registry import KNOWN\n\ndef root(name):\n    return KNOWN[name]()",
        "registry": "KNOWN = []\ndef keep(f):\n    KNOWN.append(f)\n    return f",
        "other": "from pkg.registry import keep\nclass A:\n    @keep\n    def f(self): return 11",
    },
    "an object that keeps": {
        "main": "from pkg.registry import KNOWN\n\ndef root(name):\n    return KNOWN.known[name]()",
        "registry": (
            "class Registry:\n    def __init__(self): self.known = {}\n"
            "    def enrol(self, f): self.known[f] = f\nKNOWN = Registry()"
        ),
        "other": "from pkg.registry import KNOWN\ndef change(): KNOWN.enrol(lambda: 11)",
    },
    "a function that changes what it is given": {
        "main": "A = []\n\ndef root():\n    return A",
        "other": "from heapq import heappush\nfrom pkg.main import A\ndef change(): heappush(A, 11)",
    },
    "a method that is given what it changes": {
        "main": "A = []\n\ndef root():\n    return A",
        "other": "from pkg.main import A\ndef change(): list.append(A, 11)",
    },
    "the body of a class": "import torch\nclass A:\n    torch.set_num_threads(11)\n\ndef root():\n    return 1",
    "a decorator of a compiler's extension": {
        "main": (
            "import numba\nfrom numba.extending import overload\ndef f(): return 1\n@overload(f)\n"
            "def g(): return 11\n\ndef root():\n    return f()"
        ),
    },
    "a call that keeps": {
        "main": "from pkg.registry import KNOWN\n\ndef root(name):\n    return KNOWN[name]()",
        "registry": "KNOWN = []\ndef keep(f):\n    KNOWN.append(f)",
        "other": "from pkg.registry import keep\nkeep(lambda: 11)",
    },
    "a constant made by what keeps": {
        "main": "from pkg.registry import KNOWN\n\ndef root(name):\n    return KNOWN[name]()",
        "registry": "KNOWN = []\ndef keep(f):\n    KNOWN.append(f)\n    return f",
        "other": "from pkg.registry import keep\nF = keep(lambda: 11)",
    },
    "an object that keeps itself": {
        "main": "from pkg.registry import Kept\n\ndef root():\n    return Kept.all",
        "registry": "class Kept:\n    all = []\n    def __init__(self, x): Kept.all.append(x)",
        "other": "from pkg.registry import Kept\nF = Kept(11)",
    },
    "a partial decorator that keeps": """
        import functools
        KNOWN = []
        def keep(n, f): KNOWN.append(f)
        keep_one = functools.partial(keep, 1)
        @keep_one
        def f(): return 11
        def root(): return KNOWN
    """,
    "a statement of its module": "import torch\ntorch.set_num_threads(11)\n\ndef root():\n    return 1",
    "a statement of a module that is imported": {
        "main": "from pkg import other\n\ndef root():\n    return 1",
        "other": "from pkg import third",
        "third": "import torch\ntorch.set_num_threads(11)",
    },
    "a statement of its package": {"main": "def root():\n    return 1", "": "import torch\ntorch.set_num_threads(11)"},
    "a statement of a module that a function imports": {
        "main": "def root():\n    import pkg.other",
        "other": "import torch\ntorch.set_num_threads(11)",
    },
    "an attribute of another package": "import torch\ntorch.backends.x = 11\n\ndef root():\n    return 1",
    "what is called for its effect": "import torch\n_ = torch.set_num_threads(11)\n\ndef root():\n    return 1",
    "a decorator of another package": (
        "import atexit\n@atexit.register\ndef f():\n    return 11\n\ndef root():\n    return 1"
    ),
}

CASES = {**BY_NAME, **WITHIN_FUNCTIONS, **CLASSES, **BUILT, **CHANGED_ELSEWHERE}
NOT_LOOKED_INTO = ("aside",)


@pytest.mark.parametrize("sources", CASES.values(), ids=CASES.keys())
def test_what_changes_the_computation_changes_the_digest(sources: Sources) -> None:
    assert differ(sources, edited(sources, "11", "12"), beside=NOT_LOOKED_INTO)


UNUSED = {name: sources for name, sources in CASES.items() if "22" in str(sources)}


@pytest.mark.parametrize("sources", UNUSED.values(), ids=UNUSED.keys())
def test_what_is_not_reached_changes_nothing(sources: Sources) -> None:
    assert not differ(sources, edited(sources, "22", "23"), beside=NOT_LOOKED_INTO)


EDITS: dict[str, tuple[Sources, str, str]] = {
    "an operator": ("def root(x):\n    return x + 1", "+", "-"),
    "a comparison": ("def root(x):\n    return x < 1", "<", "<="),
    "a number of another type": ("def root():\n    return 1", "1", "1.0"),
    "a negative zero": ("def root():\n    return 0.0", "0.0", "-0.0"),
    "a key of a mapping": ("def root():\n    return {'a': 1}", "'a'", "'b'"),
    "the order of a mapping": (
        "A = {'a': 1, 'b': 2}\n\ndef root():\n    return list(A)",
        "'a': 1, 'b': 2",
        "'b': 2, 'a': 1",
    ),
    "the name of a keyword": ("def root(f):\n    return f(a=1)", "a=1", "b=1"),
    "one star or two": ("def root(*a):\n    return a", "*a", "**a"),
    "a keyword-only argument": ("def root(a, b):\n    return a", "a, b", "a, *, b"),
    "which argument has a default": ("def root(*, a=None, b):\n    return a", "a=None, b", "a, b=None"),
    "two local functions": (
        "def root():\n    def f(): return 1\n    def g(): return 2\n    return f()",
        "def f(): return 1\n    def g(): return 2",
        "def g(): return 1\n    def f(): return 2",
    ),
    "two conditional functions": (
        "if True:\n    def f(): return 1\n    def g(): return 2\ndef root():\n    return f()",
        "def f(): return 1\n    def g(): return 2",
        "def g(): return 1\n    def f(): return 2",
    ),
    "two names of a tuple": ("A, B = 1, 2\n\ndef root():\n    return A", "A, B", "B, A"),
    "two functions of the same shape": (
        "def f(): return 1\ndef g(): return 2\ndef root():\n    return f() - g()",
        "f() - g()",
        "g() - f()",
    ),
    "two lists of the same content": (
        "A = []\nB = []\ndef f(): A.append(1)\ndef root():\n    f()\n    return A",
        "return A",
        "return B",
    ),
    "two imports": (
        {
            "main": "from pkg.one import f\n\ndef root():\n    return f()",
            "one": "def f(): return 1",
            "two": "def f(): return 2",
        },
        "pkg.one",
        "pkg.two",
    ),
    "two functions of other packages": ("import numpy as np\n\ndef root():\n    return np.sin(1)", "np.sin", "np.cos"),
    "two modules of other packages": ("import numpy as np\n\ndef root():\n    return np.sin(1)", "numpy", "torch"),
    "two functions of a module that is not looked into": (
        {
            "main": "from pkg import aside\n\ndef root():\n    return aside.f()",
            "aside": "def f(): return 1\ndef g(): return 2",
        },
        "aside.f",
        "aside.g",
    ),
    "the class that a method belongs to": (
        """
        class A:
            def f(self): return 1
        class B(A):
            def f(self): return 2
        class C(A):
            pass
        def root():
            return B().f() - C().f()
        """,
        """class B(A):
            def f(self): return 2
        class C(A):
            pass""",
        """class B(A):
            pass
        class C(A):
            def f(self): return 2""",
    ),
    "the order of bases": (
        """
        class A:
            def f(self): return 1
        class B:
            def f(self): return 2
        class C(A, B): ...
        def root():
            return C().f()
        """,
        "C(A, B)",
        "C(B, A)",
    ),
    "a base that a model has": (
        """
        from pydantic import BaseModel
        class A(BaseModel):
            def f(self): return 1
        class B(BaseModel):
            def f(self): return 2
        class C(A): ...
        def root(c: C, a: A, b: B):
            return c.f()
        """,
        "C(A)",
        "C(B)",
    ),
    "a base in place of a decorator": (
        "def d(c): return c\n@d\nclass A: ...\ndef root():\n    return A()",
        "@d\nclass A:",
        "class A(d):",
    ),
    "what an error is a kind of": (
        """
        class Base(Exception): ...
        class A(Base): ...
        def root():
            try:
                raise A("text")
            except Base:
                return 1
        """,
        "A(Base)",
        "A(Exception)",
    ),
    "the error": ("def root():\n    raise ValueError('text')", "ValueError", "KeyError"),
    "the order of fields": (
        (
            "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int\n    y: int\n\n"
            "def root(a: A):\n    return list(a)"
        ),
        "x: int\n    y: int",
        "y: int\n    x: int",
    ),
    "a variable of a class in place of a field": (
        (
            "from typing import ClassVar\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n"
            "    x: int = 1\n\ndef root():\n    return A()"
        ),
        "x: int",
        "x: ClassVar[int]",
    ),
    "a field that is only for construction": (
        (
            "from dataclasses import InitVar, dataclass\n@dataclass\nclass A:\n    x: int = 1\n\n"
            "def root():\n    return A()"
        ),
        "x: int",
        "x: InitVar[int]",
    ),
    "an argument of a class's decorator": (
        (
            "from dataclasses import dataclass\n@dataclass(eq=True)\nclass A:\n    x: int\n\n"
            "def root(a: A):\n    return a == a"
        ),
        "eq=True",
        "eq=False",
    ),
    "when a constant is changed": (
        "A = [1]\nB = len(A)\nA.append(2)\n\ndef root():\n    return B",
        "B = len(A)\nA.append(2)",
        "A.append(2)\nB = len(A)",
    ),
    "when a name is bound again": (
        "A = 1\nB = A\nA = 2\n\ndef root():\n    return A, B",
        "B = A\nA = 2",
        "A = 2\nB = A",
    ),
    "the order of what registers": (
        """
        K = []
        def keep(f): K.append(f)
        @keep
        def f(): return 1
        @keep
        def g(): return 2
        def root(): return K
        """,
        "def f(): return 1\n        @keep\n        def g(): return 2",
        "def g(): return 2\n        @keep\n        def f(): return 1",
    ),
    "the order of statements": (
        "import torch as t\nt.f(1)\nt.f(2)\n\ndef root():\n    return 1",
        "t.f(1)\nt.f(2)",
        "t.f(2)\nt.f(1)",
    ),
    "a global or a local": (
        "A = 1\ndef f(): return A\ndef root():\n    global A\n    A = 2\n    return f()",
        "    global A\n",
        "    pass\n",
    ),
    "a nonlocal": (
        "def root():\n    x = 1\n    def f():\n        nonlocal x\n        x = 2\n    f()\n    return x",
        "        nonlocal x\n",
        "        pass\n",
    ),
    "which of a run's fields is the key": (
        """
        from dataclasses import dataclass
        T = {"a": 1, "b": 2}
        def root(one, two):
            return T[one.kind]
        """,
        "one.kind",
        "two.kind",
    ),
    "the name of a function that is asked for it": ("def f(): return 1\ndef root():\n    return f.__name__", "f", "g"),
}


@pytest.mark.parametrize(("sources", "old", "new"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_changes_the_digest(sources: Sources, old: str, new: str) -> None:
    if "__name__" in str(sources):
        old, new = (
            "def f(): return 1\ndef root():\n    return f.__name__",
            "def g(): return 1\ndef root():\n    return g.__name__",
        )
    assert differ(sources, edited(sources, old, new), beside=NOT_LOOKED_INTO, kind="a")


REFUSED = {
    "a variable getattr": "def root(x, name):\n    return getattr(x, name)",
    "getattr as a value": "def root(xs, names):\n    return map(getattr, xs, names)",
    "a variable setattr": "def root(x, name):\n    setattr(x, name, 1)",
    "a variable attribute of object": "def root(x, name):\n    return object.__getattribute__(x, name)",
    "a variable attribute of the object itself": "def root(x, name):\n    return x.__getattribute__(name)",
    "import_module": "import importlib\n\ndef root(name):\n    return importlib.import_module(name)",
    "import_module by another name": (
        "from importlib import import_module as get\n\ndef root(name):\n    return get(name)"
    ),
    "__import__": "def root(name):\n    return __import__(name)",
    "eval": "def root(text):\n    return eval(text)",
    "eval from builtins": "import builtins\n\ndef root(text):\n    return builtins.eval(text)",
    "exec as a value": "def root(text):\n    f = exec\n    f(text)",
    "globals": "def root(name):\n    return globals()[name]",
    "globals that something else changes": "A = 1\ndef change(): globals()['A'] = 2\n\ndef root():\n    return A",
    "attributes of a module that something else changes": {
        "main": "A = 1\n\ndef root():\n    return A",
        "other": "from pkg import main\n\ndef change(name):\n    vars(main)[name] = 2",
    },
    "vars": "def root(x):\n    return vars(x)",
    "locals": "def root(x):\n    return locals()",
    "__dict__": "def root(x):\n    return x.__dict__",
    "__dict__ by getattr": "def root(x):\n    return getattr(x, '__dict__')",
    "__builtins__": "def root(x):\n    return __builtins__.eval(x)",
    "subclasses": "class A: ...\n\ndef root():\n    return A.__subclasses__()",
    "sys.modules": "import sys\n\ndef root(name):\n    return sys.modules[name]",
    "attrgetter": "from operator import attrgetter\n\ndef root(x, name):\n    return attrgetter(name)(x)",
    "pickle": "import pickle\n\ndef root(x):\n    return pickle.loads(x)",
    "inspect": "import inspect\n\ndef root(x):\n    return inspect.getmembers(x)",
    "a docstring that is asked for": "def f():\n    '''text'''\n\ndef root():\n    return f.__doc__",
    "the module's docstring": "'''text'''\n\ndef root():\n    return __doc__",
    "annotations that are asked for": "class A:\n    x: int\n\ndef root():\n    return A.__annotations__",
    "a name that nothing defines": "def root():\n    return gone",
    "a dotted name that nothing defines": "def root():\n    return gone.f()",
    "a definition that is gone": {"main": "from pkg.other import gone\n\ndef root():\n    return gone()", "other": ""},
    "a module that is gone": "from pkg.gone import f\n\ndef root():\n    return f()",
    "names that import one another": {"main": "from pkg.other import root", "other": "from pkg.main import root"},
    "a module's own lookup": {
        "main": "from pkg import other\n\ndef root():\n    return other.anything",
        "other": "def __getattr__(name):\n    return 1",
    },
    "in what is reached late": "class A:\n    def f(self): return eval('1')\n\ndef root(a: A):\n    return a.f()",
    "at the level of a module": (
        "import importlib\nA = importlib.import_module('pkg.other')\n\ndef root():\n    return A"
    ),
    "star": {"main": "from pkg.other import *\n\ndef root():\n    return f()", "other": "def f():\n    return 1"},
    "another package's star": "from numpy import *\n\ndef root():\n    return sin(1)",
    "star in a condition": "if True:\n    from numpy import *\n\ndef root():\n    return sin(1)",
    "relative": {"main": "from . import other\n\ndef root():\n    return other.f()", "other": "def f():\n    return 1"},
    "relative, of a module": {"main": "from .other import f\n\ndef root():\n    return f()", "other": "def f(): ..."},
    "relative, in a function": {
        "main": "def root():\n    from .other import f\n    return f()",
        "other": "def f(): ...",
    },
    "a name that is a module too": {
        "main": "import pkg\n\ndef root():\n    return pkg.other()",
        "": "def other():\n    return 1",
        "other": "",
    },
}


@pytest.mark.parametrize("sources", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_followed_is_refused(sources: Sources) -> None:
    with pytest.raises(CodeError):
        reach_of(sources)


@pytest.mark.parametrize("sources", list(REFUSED.values())[:8])
def test_what_cannot_be_followed_is_no_matter_where_it_is_not_reached(sources: str) -> None:
    assert reach_of(sources.replace("root", "other") + "\n\ndef root():\n    return 1").digest


def test_a_refusal_says_where() -> None:
    with pytest.raises(CodeError, match=r"^main\.helper: builtins\.eval looks a name up"):
        reach_of("def helper(): return eval('1')\ndef root(): return helper()")
    with pytest.raises(CodeError, match=r"^pkg\.main, line 2: what `from \. import x`"):
        reach_of("\nfrom . import x\n")
    with pytest.raises(CodeError, match=r"^main\.root: other\.gone is defined nowhere"):
        reach_of({"main": "from pkg.other import gone\ndef root(): return gone()", "other": ""})
