"""What sources of Python say of classes and of return types, against Python itself."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from n3gen.semantics.functions import PythonModule, read_module
from n3gen.spec.types import spelled

from templates.runtime.values.lookups import read_field

CLASSES = """
from dataclasses import KW_ONLY, InitVar, dataclass, field
import dataclasses as d
from typing import Annotated, ClassVar, NamedTuple, Optional

from pydantic import BaseModel, Field


class Plain:
    def __init__(self, a, /, b=1, *, c): self.b = b


class Bare:
    kind = "bare"


@dataclass
class Data:
    KIND: ClassVar[str] = "data"
    a: int
    b: list[str] = field(default_factory=list)
    c: InitVar[int] = 3
    e: int = field(init=False, default=1)
    f: int = d.field(kw_only=True)

    @property
    def twice(self): return self.a * 2


@dataclass
class Heir(Data):
    b: list[str] = field(default_factory=list)
    _: KW_ONLY
    g: "int"


@dataclass(kw_only=True, frozen=True, slots=True)
class Named:
    a: int
    b: int | None = None


@dataclass
class Own:
    a: int

    def __init__(self, one): self.a = one


class Point(NamedTuple):
    x: int
    y: int = 0


class Model(BaseModel):
    a: Annotated[int, "a number"]
    b: int = Field(gt=0)
    c: int = Field(default=1)
    g: Optional[int] = None
    h: int = Field(default_factory=int)
    i: int = Field(...)
    LIMIT: ClassVar[int] = 3
    _hidden: int = 3


class Wider(Model):
    a: int = 3
    k: str
"""

GIVEN = {
    "Plain": {"c": 1},
    "Data": {"a": 1, "f": 2},
    "Heir": {"a": 1, "f": 2, "g": 3},
    "Named": {"a": 1},
    "Own": {"one": 1},
    "Point": {"x": 1},
    "Model": {"a": 1, "b": 2, "i": 3},
    "Wider": {"b": 2, "i": 3, "k": "k"},
}
"""What makes an object of each class."""


def module_of(text: str) -> PythonModule:
    found = read_module(text)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def own() -> dict[str, Any]:
    """The classes themselves."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(CLASSES, "classes", "exec", dont_inherit=True), names)
    return names


@pytest.mark.parametrize("name", [*GIVEN, "Bare"])
def test_a_class_takes_what_its_signature_says(name: str, own: dict[str, Any]) -> None:
    found = module_of(CLASSES).function(name)
    assert found is not None and found.is_class
    parameters = inspect.signature(own[name]).parameters.values()
    by_name = [one for one in parameters if one.kind is not one.POSITIONAL_ONLY]
    needed = [one for one in parameters if one.default is one.empty]
    by_place = [one for one in parameters if one.kind is not one.KEYWORD_ONLY]
    assert sorted(found.names) == sorted(one.name for one in by_name)
    assert sorted(found.needed) == sorted(one.name for one in needed)
    assert found.at_once == len(by_place)
    assert found.needed_by_place == len([one for one in needed if one in by_place])


@pytest.mark.parametrize("name", [one for one in GIVEN if one not in ("Data", "Model")])
def test_objects_have_the_fields_that_are_known(name: str, own: dict[str, Any]) -> None:
    found = module_of(CLASSES).function(name)
    assert found is not None and found.returns is not None
    made = own[name](*((1,) if name == "Plain" else ()), **GIVEN[name])
    known = dict(zip(found.returns.values, found.returns.args, strict=True))
    shown = [str(field) for field, type_ in known.items() if type_.name != "hidden"]
    for field in shown:
        read_field(made, field)
    public = {one for one in dir(made) if not one.startswith("_")}
    assert public <= known.keys()
    assert shown


RETURNS = """
import typing
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, List, Literal, Optional, TypedDict, Union
from uuid import UUID

from elsewhere import Other


@dataclass
class Node:
    value: int
    inner: "list[Node]"


class Page(TypedDict, total=False):
    title: str


class Iterable: ...


def f() -> {}: ...
"""


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        *((one, one) for one in ("int", "str", "float", "bool", "list[int]")),
        ("None", "none"),
        ("list", "list[any]"),
        ("List[str]", "list[str]"),
        ("list[Other]", "list[any]"),
        ("dict[str, list[int]]", "dict[str, list[int]]"),
        ("dict[UUID, int]", "dict[any, int]"),
        ("int | None", "int | none"),
        ("'Optional[int]'", "int | none"),
        ("Union[int, str]", "int | str"),
        ("Other | None", "any | none"),
        ("int | Other", None),
        ("typing.Literal['a', None]", "one of [a] | none"),
        ("Literal[-1]", None),
        ("date", "date | datetime"),
        ("datetime", "datetime"),
        ("timedelta", "duration"),
        ("UUID", "uuid"),
        ("Awaitable[int]", "int"),
        ("Coroutine[Any, Any, Iterator[int]]", "list[int]"),
        ("Iterator[int]", "list[int]"),
        ("typing.Generator[int, None, str]", "list[int]"),
        ("AsyncIterator[int]", None),
        ("AsyncGenerator[int, None]", None),
        ("list[Node]", "list[Node]"),
        ("Page", "mapping of title"),
        ("Other", None),
        ("Any", None),
        ("tuple[int, str]", None),
        ("Iterable", None),
        ("'not a type'", None),
    ],
)
def test_return_types(said: str, wanted: str | None) -> None:
    found = module_of(RETURNS.replace("{}", said)).functions["f"].returns
    assert (None if found is None else spelled(found)) == wanted


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("def f():\n    yield 1", "list[any]"),
        ("def f() -> Iterator[int]:\n    yield 1", "list[int]"),
        ("async def f() -> AsyncIterator[int]:\n    yield 1", "list[int]"),
        ("async def f() -> Iterator[int]: ...", "list[int]"),
        ("async def f() -> int: ...", "int"),
        ("async def f() -> Awaitable[int]: ...", None),
        ("def f() -> int:\n    def g():\n        yield 1\n    return 1", "int"),
        ("@wrapped\ndef f() -> int: ...", None),
        ("f = lambda: 1", None),
        ("def f(): return 1", None),
        ("def f() -> int: ...\nf = wrapped(f)", None),
        ("class int: ...\ndef f() -> int: ...", None),
    ],
)
def test_what_calls_come_to(code: str, wanted: str | None) -> None:
    text = f"from collections.abc import *\n{code}".replace(
        "import *", "import AsyncIterator, Awaitable, Iterator"
    )
    found = module_of(text).function("f")
    given = None if found is None else found.returns
    assert (None if given is None else spelled(given)) == wanted


@pytest.mark.parametrize(
    "more",
    [
        "class Heir(Row):\n    extra: int",
        "def fill(row): setattr(row, 'x', 1)",
        "def fill(row): row.__dict__['x'] = 1",
        "Row.x = 1",
        "Row = wrapped(Row)",
    ],
)
def test_objects_that_may_have_more_are_open(more: str) -> None:
    code = (
        "from dataclasses import dataclass\n@dataclass\nclass Row:\n    a: int\n"
        f"def f() -> Row: ...\n{more}\n"
    )
    found = module_of(code).functions["f"].returns
    assert found is None


def test_attributes_that_are_set_elsewhere_are_there() -> None:
    code = (
        "class Row:\n    def __init__(self): self.a = 1\n    def size(self): ...\n"
        "def fill(row): row.b = 2\n"
    )
    found = module_of(code).function("Row")
    assert found is not None and found.returns is not None
    known = dict(zip(found.returns.values, found.returns.args, strict=True))
    kinds = {name: type_.name for name, type_ in known.items()}
    assert kinds == {"a": "any", "b": "hidden", "size": "hidden"}


@pytest.mark.parametrize(
    "body",
    [
        "a: int\n    def __getattr__(self, name): ...",
        "a: int\n    def __iter__(self): ...",
        "a: int\n    if True:\n        b: int = 1",
        "a: int\n    for b in []: ...",
    ],
)
def test_classes_that_do_more_are_open(body: str) -> None:
    code = f"from dataclasses import dataclass\n@dataclass\nclass C:\n    {body}\n"
    found = module_of(code).function("C")
    assert found is None or found.returns is None


@pytest.mark.parametrize(
    "head",
    [
        "@dataclass(init=False)\nclass C:",
        "@dataclass(**options)\nclass C:",
        "@wrapped\n@dataclass\nclass C:",
        "@wrapped\nclass C:",
        "class C(Base):",
        "class C(metaclass=Meta):",
        "class C(BaseModel, extra='allow'):",
        "class C(Plain):",
        "@dataclass\nclass C(Plain):",
        "class C(TypedDict):",
    ],
)
def test_classes_whose_arguments_are_not_sure(head: str) -> None:
    code = (
        "from dataclasses import dataclass\nfrom typing import TypedDict\n"
        "from pydantic import BaseModel\nfrom elsewhere import Base\n"
        f"class Plain: ...\n{head}\n    a: int\n"
    )
    assert module_of(code).function("C") is None


@pytest.mark.parametrize(
    "line",
    [
        "model_config = {'extra': 'allow'}",
        "b: int = Field(alias='B')",
        "b: Annotated[int, Field(validation_alias='B')]",
        "class Config: ...",
        "@model_validator(mode='before')\n    def fill(cls, data): ...",
        "def __new__(cls): ...",
    ],
)
def test_models_whose_arguments_are_not_sure(line: str) -> None:
    code = (
        "from typing import Annotated\n"
        "from pydantic import BaseModel, Field, model_validator\n"
        f"class C(BaseModel):\n    a: int\n    {line}\n"
    )
    assert module_of(code).function("C") is None
