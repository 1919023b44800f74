"""Variables of the environment where a text is taken as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from n3gen.check.finders import finder
from n3gen.check.plain_texts import keyed_parts
from n3gen.check.shell_variables import BARE, DOLLAR
from n3gen.diagnostics import Diagnostic
from n3gen.secrets import names_secret, secrets_in
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places
from n3gen.source import Loc
from n3gen.spec.definition_rules import BadEnv
from n3gen.spec.environment import foreign_env, looks_like_env, meant_env, quoted_envs
from n3gen.spec.keys import Record
from n3gen.spec.model import Connection, Node, Place
from n3gen.spec.providers.http import HttpConnection
from n3gen.spec.texts import data_texts
from n3gen.spec.values import shown

__all__ = ["check_unread_variables"]

_READ: Final = ("base_url", "model", "headers", "query")
"""The keys of connections whose texts may be `env(...)`; another rule reports `api_key`."""

_PLACES: Final = ("path", "idempotency_header")
"""Keys whose texts are names of places, in which a sign of a shell means a variable."""

_SHELL_FIRST: Final = re.compile(r"\s*\$\{?[A-Z]")
"""An address that begins with a variable, which another rule reports."""


@finder
def check_unread_variables(known: Semantics) -> Iterator[Diagnostic]:
    """Find variables in plain texts that do not read them."""
    places = known.places
    for node, keys in keyed_parts(known.spec):
        loc = node.place.loc
        data = places.data(node.place)
        for at in dict.fromkeys(Record("", keys).plain_texts(data, loc)):
            place = Place(node.place.path, at)
            text, within = places.data(place), at[len(loc) :]
            if not isinstance(text, str):
                continue
            if isinstance(node, Connection) and within[0] in (*_READ, "api_key"):
                yield from _parts(text, place, within, places)
            else:
                way_out = _way_out(node, within)
                for key, start, end in _plain(text, within):
                    label = places.part(place, start, end)
                    written = shown(text[start:end].strip())
                    yield BadEnv.plain(shown(key), written, label, way_out)
    for connection in known.spec.connections:
        if isinstance(connection, HttpConnection):
            yield from _in_body(connection, places)


def _parts(
    text: str, place: Place, within: Loc, places: Places
) -> Iterator[Diagnostic]:
    """Find variables in a text that is one only as a whole."""
    key = str(within[-1])
    is_secret = within[0] in ("headers", "query") and names_secret(key)
    is_reported = is_secret or any(secrets_in(text)) or within[0] == "api_key"
    if looks_like_env(text) or foreign_env(text) or is_reported:
        return
    if within[0] == "base_url" and _SHELL_FIRST.match(text):
        return
    for start, end, name in _variables(text):
        label = places.part(place, start, end)
        yield BadEnv.part(shown(key), shown(text[start:end]), name, label)


def _plain(text: str, within: Loc) -> Iterator[tuple[str, int, int]]:
    """Yield the key of a text that is never a variable, and where one is in it."""
    key = [key for key in within if isinstance(key, str)][-1]
    if meant_env(text) or (key in _PLACES and foreign_env(text)):
        yield key, 0, len(text)
    elif key in _PLACES:
        for start, end, _ in _variables(text):
            yield key, start, end


def _way_out(node: Node, within: Loc) -> str:
    if isinstance(node, Connection) and within[0] == "path":
        return "put it into the `base_url`, which may be `env(...)` as a whole"
    return "write out what is meant"


def _variables(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and name of each variable in a text."""
    for start, end, env in quoted_envs(text):
        yield start, end, env.name
    for form in (DOLLAR, BARE):
        for found in form.finditer(text):
            yield found.start(), found.end(), found[1] or found[2]


def _in_body(connection: HttpConnection, places: Places) -> Iterator[Diagnostic]:
    """Find variables in a body, whose templates read the call alone."""
    for text in data_texts(connection.body, "body"):
        env = meant_env(text.text)
        is_other = "{{" not in text.text and foreign_env(text.text)
        name = env.name if env else is_other
        if name:
            place = Place(connection.place.path, (*connection.place.loc, *text.keys))
            key = [key for key in text.keys if isinstance(key, str)][-1]
            written = shown(text.text.strip())
            yield BadEnv.in_body(shown(key), written, name, places.value(place))
