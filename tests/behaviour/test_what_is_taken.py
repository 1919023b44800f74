"""What filters and functions take and give: the tables of the compiler beside its modules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from n3gen.check.subjects import FILTERS, FUNCTIONS, TESTS, Taken
from n3gen.expressions import parse_expression
from n3gen.semantics.node_types import NodeTypes
from n3gen.spec.model import TypeRef
from n3gen.spec.types import parse_type
from pydantic import BaseModel

from tests.building import build
from tests.clock import run


class Record(BaseModel):
    label: str = "a"


VALUES: Mapping[str, Any] = {
    "int": 5,
    "float": 1.5,
    "text": "abc",
    "list": [3, 1],
    "mapping": {2: 1},
    "record": Record(),
    "date": date(2024, 1, 2),
    "datetime": datetime(2024, 1, 2, tzinfo=UTC),
    "duration": timedelta(minutes=5),
    "uuid": UUID(int=1),
}
"""A value of each kind."""

SAMPLES = {
    ("fromjson", "text"): "[1]",
    **dict.fromkeys((("int", "text"), ("float", "text")), "5"),
    **{
        (name, "list"): [{"label": "a"}]
        for name in ("groupby", "rejectattr", "selectattr")
    },
}
ARGUMENTS = {
    "batch": "(2)",
    "combine": "({3: 4})",
    "divisibleby": "(2)",
    **dict.fromkeys(("groupby", "rejectattr", "selectattr"), "('label')"),
    "map": "('string')",
    "slice": "(2)",
}
TAKEN: Mapping[str, tuple[str, Taken]] = {
    **{
        f"x | {name}{ARGUMENTS.get(name, '')}": (name, taken)
        for name, taken in FILTERS.items()
    },
    **{f"{name}(x)": (name, taken) for name, taken in FUNCTIONS.items()},
    **{
        f"x is {name}{ARGUMENTS.get(name, '')}": (name, taken)
        for name, taken in TESTS.items()
    },
}

TYPED = {
    "int": {"x": "5", "y": "2"},
    "float": {"x": "1.5", "y": "0.5"},
    "str": {"x": "'a,b'", "y": "'b'"},
    "list[int]": {"x": "[3, 1]", "y": "[2]"},
}
GIVEN = (
    *("x + y", "x - y", "x * y", "x / y", "x // y", "x % y", "x ** y", "x ~ y"),
    *("x | int", "x | float", "x | round", "x | abs", "x | length", "x | sum"),
    *("x | upper", "x | string", "x | tojson", "x | reverse", "x | list", "x | sort"),
    *("x | join(',')", "x | replace('a', 'c')", "x | wordcount", "x | unique"),
    *("x | regex_test('a')", "x | regex_findall('a')", "x | batch(1)", "x | title"),
    *("int(x)", "float(x)", "str(x)", "len(x)", "round(x)", "round(x, 1)", "abs(x)"),
    *("max(x, y)", "min(x)", "sum(x)", "sorted(x)", "range(x) | list", "enumerate(x)"),
    *("x.upper()", "x.split(',')", "x.find('b')", "x.startswith('a')", "x.join(['c'])"),
    *("now()", "now().date()", "now().isoformat()", "now().timestamp()", "now().year"),
    *("now() - now()", "(now() - now()).days", "now().date() - now().date()"),
    *("(now() - now()) / (now() - now() + (now() - now()))", "now().weekday()"),
)

CLASSES: Mapping[str, type | tuple[type, ...]] = {
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "duration": timedelta,
    "float": float,
    "int": int,
    "list": list,
    "str": str,
}


def chains(expressions: list[tuple[str, str]]) -> ModuleType:
    """A module with a chain for each expression, with what is written above it."""
    return build(
        "\n".join(
            f'chain c{number}:\n{before}    step a: {{value: "{{{{ {text} }}}}"}}\n'
            for number, (before, text) in enumerate(expressions)
        )
    )


@pytest.fixture(scope="module")
def taking() -> ModuleType:
    given = '    step x: {value: "{{ payload.x }}"}\n'
    return chains([(given, text) for text in TAKEN])


@pytest.mark.parametrize("kind", VALUES)
def test_what_is_taken_is_what_works(taking: ModuleType, kind: str) -> None:
    async def main() -> None:
        for number, (text, (name, taken)) in enumerate(TAKEN.items()):
            value = SAMPLES.get((name, kind), VALUES[kind])
            record = await taking.run_chain(f"c{number}", {"x": value})
            works = record["status"] == "ok"
            assert works == (kind in taken.kinds), (text, kind, record["error"])

    run(main())


@pytest.mark.parametrize("type_", TYPED)
def test_what_is_given_is_of_the_type_that_is_told(type_: str) -> None:
    values = TYPED[type_]
    names = dict.fromkeys((("x",), ("y",)), parse_type(type_))
    types = NodeTypes(lambda path: names.get(path), {})
    told: dict[str, TypeRef] = {}
    for text in GIVEN:
        found = types.type_of(parse_expression(text).tree)
        if found is not None:
            told[text] = found
    assert len(told) > 20
    payload = [
        f'    step {name}: {{value: "{{{{ payload.{name} }}}}"}}\n' for name in values
    ]
    module = chains([("".join(payload), text) for text in told])
    given = {name: eval(value) for name, value in values.items()}
    works = 0

    async def main() -> None:
        nonlocal works
        for number, (text, known) in enumerate(told.items()):
            record = await module.run_chain(f"c{number}", given)
            if record["status"] == "ok":
                works += 1
                members = known.args if known.name == "union" else (known,)
                classes = tuple(CLASSES[one.name] for one in members)
                assert type(record["result"]) in classes, (text, known)

    run(main())
    assert works > 15
