"""What makes two calls to models the same call, for caches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.models.chat_call import ChatCall
from n3gen.templates.runtime.models.file_call import FileCall
from n3gen.templates.runtime.models.images import read_image
from n3gen.templates.runtime.models.keys import call_key
from n3gen.templates.runtime.models.models import ModelCall
from n3gen.templates.runtime.models.tools import PythonTool
from pydantic import BaseModel

from tests.clock import run
from tests.runtime.provider_models import provider_model

PNG = b"\x89PNG\r\n\x1a\n"


def connection(**fields: Any) -> Any:
    return provider_model("openai", base_url="http://h", model="m", **fields)


def key(call: ModelCall, type_: Any = None) -> str:
    output = None if type_ is None else Typed(type_)
    return json.dumps(run(call_key(cast("Any", None), call, output)), sort_keys=True)


def forecast(city: str) -> str:
    """The weather."""
    return city


def forecast_by_day(city: str, day: int = 1) -> str:
    """The weather."""
    return city * day


class Old(BaseModel):
    text: str


class New(BaseModel):
    text: str
    score: float = 0.0


def tool(function: Callable[..., Any], words: str = "", name: str = "f") -> ModelCall:
    return ModelCall(connection(), "x", tools=(PythonTool(name, function, words),))


CALLS = [
    ModelCall(connection(), "x"),
    ModelCall(connection(), "y"),
    ModelCall(connection(), "x", system="Be brief."),
    ModelCall(connection(), "x", model="n"),
    ModelCall(connection(), "x", options={"temperature": 0}),
    ModelCall(connection(headers={"x-team": "a"}), "x"),
    ModelCall(connection(headers={"x-team": "b"}), "x"),
    ModelCall(connection(query={"version": "1"}), "x"),
    ModelCall(connection(api_key="one"), "x"),
    ModelCall(connection(api_key="two"), "x"),
    ModelCall(connection(structured_output="json"), "x"),
    tool(forecast),
    tool(forecast, "Else."),
    tool(forecast, name="g"),
    tool(forecast_by_day),
]


def test_calls_that_differ_have_different_keys() -> None:
    keys = [key(call) for call in CALLS]
    keys += [key(CALLS[0], type_) for type_ in (Old, New)]
    assert len(set(keys)) == len(keys)
    assert keys[: len(CALLS)] == [key(call) for call in CALLS]


def test_no_key_shows_a_secret() -> None:
    call = ModelCall(connection(api_key="sk-1", headers={"a": "sk-2"}), "x")
    assert "sk-" not in key(call)


@pytest.mark.parametrize("in_messages", [False, True])
def test_a_picture_counts_by_its_bytes(tmp_path: Path, in_messages: bool) -> None:
    path = tmp_path / "a.png"
    told: dict[str, Any] = {"images": [str(path)]}
    if in_messages:
        message = {"role": "user", "content": "See", "images": str(path)}
        told = {"messages": [message]}
    call = ChatCall(connection(), "x", load_image=read_image, **told)
    path.write_bytes(PNG + b"1")
    before = key(call)
    assert key(call) == before
    path.write_bytes(PNG + b"2")
    assert key(call) != before


@pytest.mark.parametrize("in_messages", [False, True])
def test_a_file_counts_by_its_bytes_and_its_name(
    tmp_path: Path, in_messages: bool
) -> None:
    def key_of(path: Path) -> str:
        told: dict[str, Any] = {"files": [str(path)]}
        if in_messages:
            message = {"role": "user", "content": "See", "files": str(path)}
            told = {"messages": [message]}
        return key(FileCall(connection(), "x", **told))

    path, other = tmp_path / "a.pdf", tmp_path / "b.pdf"
    path.write_bytes(b"%PDF-1")
    other.write_bytes(b"%PDF-1")
    before = key_of(path)
    assert key_of(path) == before
    assert key_of(other) != before
    path.write_bytes(b"%PDF-2")
    assert key_of(path) != before
