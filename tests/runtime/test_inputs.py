from __future__ import annotations

from typing import Any

import pytest
from n3gen.templates.runtime.run import inputs
from n3gen.templates.runtime.run.inputs import Fields, InputError


def read(payload: Any) -> dict[str, Any]:
    fields = Fields("triage", payload)
    checked = {
        "text": fields.take("text", inputs.STR),
        "limit": fields.take("limit", inputs.INT, 10),
        "tags": fields.take("tags", inputs.list_of(inputs.STR), []),
    }
    fields.finish()
    return checked


def test_defaults_are_filled_in_and_never_shared() -> None:
    first = read({"text": "hi"})
    assert first == {"text": "hi", "limit": 10, "tags": []}
    first["tags"].append("x")
    assert read({"text": "hi"})["tags"] == []


def test_every_fault_is_in_one_error() -> None:
    with pytest.raises(InputError) as raised:
        read({"limit": True, "tags": ["a", 2], "txt": 1})
    assert str(raised.value) == (
        "Chain 'triage' got a wrong payload: `text` is missing (str); "
        "`limit` must be int, not bool: True; "
        "`tags` must be list[str], not int: 2; `txt` is unknown"
    )


def test_a_payload_that_is_no_mapping() -> None:
    with pytest.raises(InputError, match="must be a mapping, not str"):
        read("hello")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (inputs.FLOAT, [1, 1.5], [True, "1"]),
        (inputs.BOOL, [True], [1, "true"]),
        (inputs.NONE, [None], [0, ""]),
        (inputs.one_of("a", 1), ["a", 1], ["b", True, 1.0]),
        (inputs.union_of(inputs.INT, inputs.NONE), [3, None], ["3"]),
        (inputs.dict_of(inputs.STR, inputs.INT), [{"a": 1}], [{"a": "1"}, {1: 1}, []]),
        (inputs.ANY, [object], []),
    ],
)
def test_kinds(kind: inputs.Kind[Any], good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert kind.read(value) == value
    for value in bad:
        with pytest.raises(ValueError, match="not"):
            kind.read(value)
