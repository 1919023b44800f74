"""Reading one connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from n3gen.diagnostics.concealed import concealed
from n3gen.secrets import names_secret, secret_value, secrets_in
from n3gen.source import Loc
from n3gen.spec.connection_nodes import Connection
from n3gen.spec.environment import (
    foreign_env,
    looks_like_env,
    parse_env,
    quoted_envs,
    unmarked_env,
)
from n3gen.spec.keys import MODEL_OPTIONS, key_names
from n3gen.spec.policies import read_rate_limit, read_retry, read_timeouts
from n3gen.spec.providers import APIS, CONNECTION
from n3gen.spec.providers.local import LocalConnection
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadEnv, MisplacedKey, SecretInSpec, WrongType
from n3gen.spec.values import shown

__all__ = ["HEADER_NAME", "read_connection"]

_MISSING: Final = object()

HEADER_NAME: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
"""The name of a header."""


def read_connection(
    reader: Reader, loc: Loc, name: str, data: Any
) -> Connection | None:
    """Read the connection at `loc`."""
    what = f"connection `{shown(name)}`"
    items = dict(reader.mapping(loc, data, what))
    for key in [key for key in items if key in MODEL_OPTIONS]:
        where = "the `options` of a step or connector"
        label = reader.document.key_label((*loc, key))
        reader.report(MisplacedKey.belongs(key, what, where, label))
        del items[key]
    values = reader.known(loc, items, CONNECTION.keys, what)
    for key in [key for key in values if values[key] is None and key != "api"]:
        del values[key]
    kind = _kind(reader, loc, values, what)
    _misplaced(reader, loc, values, what, kind)
    kind.read_own(reader, loc, values, what)
    _env_keys(reader, loc, name, values)
    _secrets(reader, loc, name, values)
    _header_name(reader, loc, values)
    read_timeouts(reader, loc, values)
    read_rate_limit(reader, loc, values)
    read_retry(reader, loc, values)
    return reader.build(kind, loc, {"name": name, **values}, what)


def _kind(
    reader: Reader, loc: Loc, values: dict[str, Any], what: str
) -> type[Connection]:
    """Take out `api`; return its class, for one that is unknown that of a stub.

    Of an unknown `api` nothing can be said of the keys that only some have.
    """
    api = values.pop("api", _MISSING)
    if isinstance(api, str) and api in APIS:
        return APIS[api]
    if api is _MISSING:
        reader.missing(loc, "api", what)
    else:
        reader.choice((*loc, "api"), api, tuple(APIS))
    for own in APIS.values():
        for key in own.KEYS:
            values.pop(key.name, None)
    values.pop("structured_output", None)
    return LocalConnection


def _misplaced(
    reader: Reader, loc: Loc, values: dict[str, Any], what: str, kind: type[Connection]
) -> None:
    """Take out keys of other apis, and what the api cannot do."""
    for owner in APIS.values():
        for name in key_names(owner.KEYS) if owner is not kind else ():
            if name in values:
                del values[name]
                label = reader.document.key_label((*loc, name))
                found = MisplacedKey.of(name, what, label, (f"api: {owner.api}",))
                reader.report(found)
    times = values.get("timeout")
    if isinstance(times, dict) and not kind.streams:
        for key in ("first_token", "idle"):
            if times.get(key) is not None:
                label = reader.document.key_label((*loc, "timeout", key))
                whole = f"{what}, whose answers come in one piece"
                reader.report(MisplacedKey.of(key, whole, label, ()))
    way = values.get("structured_output")
    if way is not None and way not in kind.WAYS:
        reader.choice((*loc, "structured_output"), way, kind.WAYS)
        del values["structured_output"]


def _header_name(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Report a name that no header can have."""
    key = "idempotency_header"
    name = values.get(key)
    # Another rule reports templates.
    if isinstance(name, str) and not (HEADER_NAME.fullmatch(name) or "{{" in name):
        label = reader.document.label((*loc, key))
        wanted = "the name of a header, such as `Idempotency-Key`"
        reader.report(WrongType.of(f"`{key}`", wanted, f"`{shown(name)}`", label))
        del values[key]


def _texts(
    loc: Loc, values: dict[str, Any], *keys: str
) -> Iterator[tuple[Loc, str, Any]]:
    """Yield place, name and value of the items of the mappings under `keys`."""
    for key in keys:
        items = values.get(key)
        if isinstance(items, dict):
            for name, value in items.items():
                yield (*loc, key, name), shown(name), value


def _env_keys(reader: Reader, loc: Loc, name: str, values: dict[str, Any]) -> None:
    """Report references to the environment that do not parse."""
    keys = ("base_url", "api_key", "model")
    own = [((*loc, key), key, values.get(key)) for key in keys]
    for at, key, text in (*own, *_texts(loc, values, "headers", "query")):
        if not isinstance(text, str):
            continue
        is_secret = key == "api_key" or names_secret(key)
        unmarked = unmarked_env(text) if is_secret else None
        if unmarked or _is_bad_env(text):
            label = reader.document.label(at)
            part = next(quoted_envs(text), None)
            if part is None:
                reader.report(BadEnv.of(key, label, unmarked or foreign_env(text)))
            else:
                start, end, env = part
                written = shown(text[start:end])
                reader.report(BadEnv.part(key, written, env.name, label))


def _names_env(text: str) -> bool:
    return looks_like_env(text) or foreign_env(text) is not None


def _is_bad_env(text: str) -> bool:
    if looks_like_env(text):
        return parse_env(text) is None
    return foreign_env(text) is not None


def _secrets(reader: Reader, loc: Loc, name: str, values: dict[str, Any]) -> None:
    """Report secrets that are written in the spec."""
    secret, address = values.get("api_key"), values.get("base_url")
    if isinstance(secret, str) and secret and _is_plain(secret):
        label = concealed(reader.document.label((*loc, "api_key")), secret)
        reader.report(SecretInSpec.of(shown(name), label))
    if isinstance(address, str) and (found := [*secrets_in(address)]):
        label = reader.document.label((*loc, "base_url"))
        label = concealed(label, *(address[one.start : one.end] for one in found))
        reader.report(SecretInSpec.address(shown(name), label))
    for at, key, text in _texts(loc, values, "headers", "query"):
        is_text = isinstance(text, str) and text and _is_plain(text)
        if is_text and (names_secret(key) or any(secrets_in(text))):
            whole = secret_value(key, text)
            label = reader.document.label(at)
            label = concealed(label, text[whole.start :] if whole else text)
            reader.report(SecretInSpec.item(key, shown(name), label))


def _is_plain(text: str) -> bool:
    """Whether a text names no variable and is no template, which other rules report."""
    return not (_names_env(text) or unmarked_env(text) or "{{" in text)
