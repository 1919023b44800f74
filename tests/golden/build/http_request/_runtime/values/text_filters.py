"""Filters of texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode


def url_encode(value: Any) -> str:
    """Percent-encode a text, slashes excepted, or a mapping or pairs as a query."""
    if isinstance(value, Mapping | list | tuple):
        return urlencode(pairs_of(value), quote_via=quote)
    return quote(str(value))


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of a query; raise `TypeError` for a list of anything else."""
    pairs: list[Any] = [*value]
    if isinstance(value, Mapping):
        pairs = [*cast("Any", value).items()]
    if not all(isinstance(p, list | tuple) and len(cast("Any", p)) == 2 for p in pairs):
        raise TypeError("`urlencode` takes a text, a mapping or a list of pairs")
    return [(name, found) for name, found in pairs]
