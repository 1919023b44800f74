"""Data in specs that pydantic refuses, and no other, is told of before it runs."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.check.data_fits import misfits
from n3gen.compiler import compile_file
from n3gen.source import SourceFile
from n3gen.spec.model import TypeRef
from pydantic import ValidationError

from tests.building import build

TYPES = ("bool", "int", "float", "date", "datetime", "duration", "uuid", "str")

FIELDS = (*TYPES, *(f"{one}?" for one in TYPES), "bool | date", "list[bool]")

VALUES: list[Any] = [
    *(
        True,
        False,
        0,
        1,
        2,
        -1,
        7,
        10**20,
        0.0,
        1.0,
        1.5,
        -2.5,
        None,
        [],
        {},
        [1, "no"],
    ),
    *(
        "yes",
        "NO",
        "on",
        "off",
        "t",
        "maybe",
        "true",
        "1",
        "0",
        "1.0",
        "1.5",
        "1e3",
        " 3 ",
    ),
    *(
        "",
        "x",
        "3x",
        "2024-02-29",
        "2023-02-29",
        "2024-02-29T10:00:00",
        "2024-02-29 10:00",
    ),
    *("10:00", "5m", "2s", "PT5M", "5", "soon", "12345678123456781234567812345678"),
    *("12345678-1234-5678-1234-567812345678", 86400, 86401),
]


def test_scalars_are_read_as_by_pydantic() -> None:
    fields = "".join(f"    f{n}: {{type: {one!r}}}\n" for n, one in enumerate(FIELDS))
    text = f"type All:\n{fields}chain c:\n    input: {{all: All}}\n    step a: {{value: 1}}\n"
    module = build(text)
    spec = compile_file(SourceFile.of("specs/x.ai", text), emits=False).spec
    assert spec is not None
    records = {one.name: one for one in spec.types}
    validator = module.All.__pydantic_validator__
    wrong: list[tuple[str, Any, bool]] = []
    for number, type_ in enumerate(FIELDS):
        for value in VALUES:
            try:
                validator.validate_assignment(
                    module.All.model_construct(), f"f{number}", value
                )
                is_taken = True
            except ValidationError:
                is_taken = False
            field = records["All"].fields[number].type
            found = misfits(value, field, records, has_rows=False, is_read=True)
            if is_taken == any(True for _ in found):
                wrong.append((type_, value, is_taken))
    assert wrong == []


@pytest.mark.parametrize(
    ("value", "is_fit"), [("3", False), (3, True), (True, False), (3.0, False)]
)
def test_an_input_without_records_reads_nothing(value: Any, is_fit: bool) -> None:
    wanted = TypeRef(name="dict", args=(TypeRef(name="str"), TypeRef(name="int")))
    found = [*misfits({"a": value}, wanted, {}, has_rows=False)]
    assert (not found) == is_fit
