"""Reading one connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, get_args

from n3gen.source import Loc
from n3gen.spec.connection_nodes import Api, Connection, LocalAnswer
from n3gen.spec.environment import looks_like_env, parse_env
from n3gen.spec.policies import read_rate_limit, read_retry, read_timeouts
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadEnv, MisplacedKey, SecretInSpec, WrongType
from n3gen.spec.step_reader import read_method
from n3gen.spec.values import described, shown

__all__ = ["read_connection"]

_APIS: Final = frozenset(get_args(Api))
_WAYS: Final[dict[str, tuple[str, ...]]] = {
    "openai": ("schema", "tool", "json", "prompt"),
    "anthropic": ("schema", "tool", "prompt"),
    "gemini": ("schema", "tool", "json", "prompt"),
    "ollama": ("schema", "json", "prompt"),
    "http": ("prompt",),
}
"""How each api can be asked for an answer of a type."""

_NEEDED: Final = (
    ("base_url", "add `base_url:`, the address of the server"),
    ("answer", "add `answer:`, an expression over `body`, the response"),
)
"""What an endpoint of one's own must say."""

_SECRET: Final = re.compile(
    r"key|sig|(?:proxy-)?authorization|cookie|(?:[\w-]*[-_])?(?:api|subscription|access|auth)"
    r"[-_]?key|(?:[\w-]*[-_])?(?:token|secret|password|passwd|credentials?|signature)",
    re.IGNORECASE | re.ASCII,
)
"""Names of headers and query parameters that hold secrets."""

_HEADER_NAME: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)

_PASSWORD: Final = re.compile(r"\w+://[^/?#@:]*:[^/?#@]+@")


def read_connection(
    reader: Reader, loc: Loc, name: str, data: Any
) -> Connection | None:
    """The connection at `loc`."""
    what = f"connection `{shown(name)}`"
    items = reader.mapping(loc, data, what)
    values = reader.known(loc, items, Connection.KEYS, what)
    for key in [key for key in values if values[key] is None and key != "api"]:
        del values[key]
    api = values.get("api")
    if isinstance(api, str) and api in _APIS:
        _own_keys(reader, loc, values, what, api)
        _ways(reader, loc, values, api)
    _env_keys(reader, loc, name, values)
    _secrets(reader, loc, name, values)
    _header_name(reader, loc, values)
    _http(reader, loc, values, what)
    read_timeouts(reader, loc, values)
    read_rate_limit(reader, loc, values)
    read_retry(reader, loc, values)
    reader.duration(loc, values, "latency", zero=True)
    if "answers" in values:
        values["answers"] = _answers(reader, (*loc, "answers"), values["answers"])
    return reader.build(Connection, loc, {"name": name, **values}, what)


def _own_keys(
    reader: Reader, loc: Loc, values: dict[str, Any], what: str, api: str
) -> None:
    """Takes out the keys of other apis, and times that need an answer in pieces."""
    others = [
        (key.name, owner)
        for owner, keys in Connection.OWN.items()
        for key in keys
        if owner != api and key.name in values
    ]
    for key, owner in others:
        del values[key]
        label = reader.document.key_label((*loc, key))
        reader.report(MisplacedKey.of(key, what, label, (f"api: {owner}",)))
    times = values.get("timeout")
    if isinstance(times, dict) and api in ("http", "local"):
        for key in ("first_token", "idle"):
            if times.get(key) is not None:
                label = reader.document.key_label((*loc, "timeout", key))
                whole = f"{what}, whose answers come in one piece"
                reader.report(MisplacedKey.of(key, whole, label, ()))


def _ways(reader: Reader, loc: Loc, values: dict[str, Any], api: str) -> None:
    way, ways = values.get("structured_output"), _WAYS.get(api)
    if way is not None and ways is not None and way not in ways:
        reader.choice((*loc, "structured_output"), way, ways)
        del values["structured_output"]


def _header_name(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Tells a name that no header can have."""
    key = "idempotency_header"
    name = values.get(key)
    if isinstance(name, str) and not _HEADER_NAME.fullmatch(name):
        label = reader.document.label((*loc, key))
        wanted = "the name of a header, such as `Idempotency-Key`"
        reader.report(WrongType.of(f"`{key}`", wanted, f"`{shown(name)}`", label))
        del values[key]


def _http(reader: Reader, loc: Loc, values: dict[str, Any], what: str) -> None:
    """Checks what an endpoint of the user's own is sent, and what of its answer counts."""
    if values.get("api") != "http":
        return
    for key, way_out in _NEEDED:
        if key not in values:
            reader.missing(loc, key, what, way_out)
    if "answer" in values:
        values["answer"] = reader.condition(loc, values, "answer", what)
    read_method(reader, loc, values)
    reader.data(loc, values, "body")
    values["has_body"] = "body" in values


def _texts(
    loc: Loc, values: dict[str, Any], *keys: str
) -> Iterator[tuple[Loc, str, Any]]:
    """Place, name and value of the items of the mappings under `keys`."""
    for key in keys:
        items = values.get(key)
        if isinstance(items, dict):
            for name, value in items.items():
                yield (*loc, key, name), shown(name), value


def _env_keys(reader: Reader, loc: Loc, name: str, values: dict[str, Any]) -> None:
    """Tells references to the environment that do not parse."""
    keys = ("base_url", "api_key", "model")
    own = [((*loc, key), key, values.get(key)) for key in keys]
    for at, key, text in (*own, *_texts(loc, values, "headers", "query")):
        if isinstance(text, str) and looks_like_env(text) and not parse_env(text):
            reader.report(BadEnv.of(key, reader.document.label(at)))


def _secrets(reader: Reader, loc: Loc, name: str, values: dict[str, Any]) -> None:
    """Tells secrets that stand in the spec."""
    secret, address = values.get("api_key"), values.get("base_url")
    if isinstance(secret, str) and secret and _is_plain(secret):
        label = reader.document.label((*loc, "api_key"))
        reader.report(SecretInSpec.of(shown(name), label))
    if isinstance(address, str) and _PASSWORD.match(address):
        label = reader.document.label((*loc, "base_url"))
        reader.report(SecretInSpec.address(shown(name), label))
    for at, key, text in _texts(loc, values, "headers", "query"):
        is_text = isinstance(text, str) and text and _is_plain(text)
        if is_text and _SECRET.fullmatch(key):
            label = reader.document.label(at)
            reader.report(SecretInSpec.item(key, shown(name), label))


def _is_plain(text: str) -> bool:
    """Whether a text is neither `env(...)` nor a template, which another rule reports."""
    return not looks_like_env(text) and "{{" not in text


def _answers(reader: Reader, loc: Loc, data: Any) -> tuple[LocalAnswer, ...]:
    if not isinstance(data, list):
        label = reader.document.label(loc)
        reader.report(WrongType.of("`answers`", "a list", described(data), label))
        return ()
    found = [_answer(reader, (*loc, at), item) for at, item in enumerate(data)]
    return tuple(answer for answer in found if answer is not None)


def _answer(reader: Reader, loc: Loc, data: Any) -> LocalAnswer | None:
    what = "an answer"
    values = reader.known(loc, reader.mapping(loc, data, what), LocalAnswer.KEYS, what)
    contains = values.get("contains")
    if isinstance(contains, str):
        values["contains"] = (contains,)
    elif isinstance(contains, list):
        values["contains"] = tuple(contains)
    return reader.build(LocalAnswer, loc, values, what)
