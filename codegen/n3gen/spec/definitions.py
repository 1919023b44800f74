"""Takes the definitions of a document; hands on connections, connectors, types, inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.environment import looks_like_env, parse_env
from n3gen.spec.model import (
    Connection,
    Connector,
    InputField,
    LocalAnswer,
    TypeDef,
    TypeField,
)
from n3gen.spec.reader import Reader
from n3gen.spec.rules import (
    BadEnv,
    BadName,
    MisplacedKey,
    NotBuiltYet,
    SecretInSpec,
    WrongType,
)
from n3gen.spec.values import described, shown

__all__ = [
    "CONNECTION_KEYS",
    "CONNECTOR_KEYS",
    "read_connection",
    "read_connector",
    "read_input",
    "read_type",
]

CONNECTION_KEYS: Final = (
    "description",
    "api",
    "base_url",
    "api_key",
    "model",
    "headers",
    "timeout",
    "latency",
    "answers",
)
CONNECTOR_KEYS: Final = (
    "description",
    "connection",
    "model",
    "prompt",
    "system",
    "options",
    "output",
    "timeout",
)
_LATER_APIS: Final = ("anthropic", "gemini", "ollama", "http")
_LATER_CONNECTION: Final = ("rate_limit", "retry")
_LATER_CONNECTOR: Final = (
    "retry",
    "fallback",
    "cache",
    "on_error",
    "limit",
    "rate_limit",
)
_LOCAL_ONLY: Final = ("latency", "answers")
_ANSWER_KEYS: Final = ("contains", "answer")


def read_connection(
    reader: Reader, loc: Loc, name: str, data: Any
) -> Connection | None:
    """The connection at `loc`."""
    what = f"connection `{shown(name)}`"
    items = reader.mapping(loc, data, what)
    items = _without_later(reader, loc, items, _LATER_CONNECTION)
    values = reader.known(loc, items, CONNECTION_KEYS, what)
    api = values.get("api")
    if isinstance(api, str) and api in _LATER_APIS:
        label = reader.document.label((*loc, "api"))
        reader.report(NotBuiltYet.of(f"api `{api}`", label))
        values["api"] = "local"
    elif api == "openai":
        _local_keys(reader, loc, values, what)
    _env_keys(reader, loc, name, values)
    reader.duration(loc, values, "timeout")
    reader.duration(loc, values, "latency", zero=True)
    if "answers" in values:
        values["answers"] = _answers(reader, (*loc, "answers"), values["answers"])
    if values.get("headers") is None:
        values.pop("headers", None)
    return reader.build(Connection, loc, {"name": name, **values}, what)


def _without_later(
    reader: Reader, loc: Loc, items: dict[str, Any], later: tuple[str, ...]
) -> dict[str, Any]:
    for key in later:
        if key in items:
            label = reader.document.key_label((*loc, key))
            reader.report(NotBuiltYet.of(f"`{key}`", label))
    return {key: value for key, value in items.items() if key not in later}


def _local_keys(reader: Reader, loc: Loc, values: dict[str, Any], what: str) -> None:
    for key in _LOCAL_ONLY:
        if values.pop(key, None) is not None:
            label = reader.document.key_label((*loc, key))
            reader.report(MisplacedKey.of(key, what, label, ("api: local",)))


def _env_keys(reader: Reader, loc: Loc, name: str, values: dict[str, Any]) -> None:
    texts: list[tuple[Loc, str, Any]] = [
        ((*loc, key), key, values.get(key)) for key in ("base_url", "api_key", "model")
    ]
    headers = values.get("headers")
    if isinstance(headers, dict):
        for key, value in headers.items():
            texts.append(((*loc, "headers", key), shown(key), value))
    for at, key, text in texts:
        if isinstance(text, str) and looks_like_env(text) and not parse_env(text):
            reader.report(BadEnv.of(key, reader.document.label(at)))
    secret = values.get("api_key")
    if isinstance(secret, str) and secret and not looks_like_env(secret):
        label = reader.document.label((*loc, "api_key"))
        reader.report(SecretInSpec.of(shown(name), label))


def _answers(reader: Reader, loc: Loc, data: Any) -> tuple[LocalAnswer, ...]:
    if not isinstance(data, list):
        label = reader.document.label(loc)
        reader.report(WrongType.of("`answers`", "a list", described(data), label))
        return ()
    found = [_answer(reader, (*loc, at), item) for at, item in enumerate(data)]
    return tuple(answer for answer in found if answer is not None)


def _answer(reader: Reader, loc: Loc, data: Any) -> LocalAnswer | None:
    what = "an answer"
    values = reader.known(loc, reader.mapping(loc, data, what), _ANSWER_KEYS, what)
    contains = values.get("contains")
    if isinstance(contains, str):
        values["contains"] = (contains,)
    elif isinstance(contains, list):
        values["contains"] = tuple(contains)
    return reader.build(LocalAnswer, loc, values, what)


def read_connector(reader: Reader, loc: Loc, name: str, data: Any) -> Connector | None:
    """The connector at `loc`; without a connection of its own it takes the file's only one."""
    what = f"connector `{shown(name)}`"
    items = reader.mapping(loc, data, what)
    items = _without_later(reader, loc, items, _LATER_CONNECTOR)
    values = reader.known(loc, items, CONNECTOR_KEYS, what)
    reader.duration(loc, values, "timeout")
    reader.data(loc, values, "options")
    if values.get("options") is None:
        values.pop("options", None)
    if "output" in values:
        values["output"] = reader.type_of((*loc, "output"), values["output"])
    if values.get("connection") is None:
        values["connection"] = reader.connection or ""
    if values.get("prompt") is None:
        values.pop("prompt", None)
    return reader.build(Connector, loc, {"name": name, **values}, what)


def read_type(reader: Reader, loc: Loc, name: str, data: Any) -> TypeDef | None:
    """The declared type at `loc`: each key is a field."""
    what = f"type `{shown(name)}`"
    fields = [
        reader.build(TypeField, at, values, what)
        for at, values in _fields(reader, loc, reader.mapping(loc, data, what))
    ]
    if not data:
        label = reader.document.key_label(loc)
        reader.report(WrongType.plainly(f"{what} has no fields", label))
    known = tuple(field for field in fields if field is not None)
    return reader.build(TypeDef, loc, {"name": name, "fields": known}, what)


def read_input(reader: Reader, loc: Loc, data: Any) -> tuple[InputField, ...]:
    """The fields of a chain's input at `loc`."""
    fields = [
        reader.build(InputField, at, values, "an input field")
        for at, values in _fields(reader, loc, reader.mapping(loc, data, "`input`"))
    ]
    return tuple(field for field in fields if field is not None)


def _fields(
    reader: Reader, loc: Loc, items: dict[Any, Any]
) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """Places and values of the fields whose names and types can be read."""
    for key, data in items.items():
        at = (*loc, key)
        if not (isinstance(key, str) and is_name(key)) or key.startswith("_"):
            label = reader.document.key_label(at)
            reader.report(BadName.field(shown(key), label))
            continue
        read = reader.field_type(at, data)
        if read is not None:
            yield at, {
                "name": key,
                "type": read.type,
                "required": read.required,
                "default": read.default,
            }
