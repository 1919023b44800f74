"""Values inside of addresses, percent-encoded for their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from .text_filters import pairs_of, url_encode

NOT_OF_HOSTS = re.compile(r"[^A-Za-z0-9.-]")


def host_part(value: Any) -> str:
    """Return a value as a part of a host's name.

    Raises `ValueError` for one that has more than letters, digits, dots and hyphens, as
    it could lead to another host.
    """
    text = address_text(value)
    odd = NOT_OF_HOSTS.search(text)
    if odd is not None:
        raise ValueError(f"a value in a host's name has the character {odd[0]!r}")
    return text


def path_part(value: Any) -> str:
    """Return a value as text within one part of a path.

    Raises `ValueError` for `.` and `..`, which would lead to another path.
    """
    text = address_text(value)
    if text and not text.strip("."):
        raise ValueError(f"a value in a path is {text!r}, which leads to another path")
    return quote(text, safe="")


def query_part(value: Any) -> str:
    """Return a value as text within a name or a value of a query."""
    return quote(address_text(value), safe="")


def query_text(value: Any) -> str:
    """Return what `urlencode` makes of a value in a query, without what is none in it."""
    if not isinstance(value, Mapping | list | tuple):
        return url_encode(address_text(value))
    pairs = pairs_of(value)
    return url_encode([(n, address_text(v)) for n, v in pairs if v is not None])


def address_text(value: Any) -> str:
    """Return a value as text; raise `ValueError` for none, `TypeError` for a list or such."""
    if value is None:
        raise ValueError("a value in an address is none")
    if isinstance(value, Iterable) and not isinstance(value, str):
        raise TypeError("a value in an address must be a text, a number or a boolean")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
