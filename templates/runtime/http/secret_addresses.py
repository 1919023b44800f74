"""What is secret of an address, which messages show without its query and its user."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from .addresses import LIKE_AN_ADDRESS

__all__ = ["is_bare_address", "parts_of_secret"]

SHORTEST_PART = 8
"""Characters from which a part counts by itself, as `true` and `v1` stand elsewhere too."""


def is_bare_address(value: str) -> bool:
    """Say whether a value is no more than the address of a server."""
    return bool(re.fullmatch(r"https?://[^/?#@]+/?", value, re.IGNORECASE))


@lru_cache(maxsize=64)
def parts_of_secret(value: str) -> tuple[str, ...]:
    """Return a secret, and those in it where it is an address.

    They are its path, as it is written and as it is sent, what in the path may be a
    key, its password or else its user, and what its query and its fragment hold.
    """
    plain = re.split("[?#]", value)[0]
    is_place = plain.startswith("localhost") or (value[:1] != "/" and "." in plain)
    is_place = is_place or ":" in plain or plain.startswith("[")
    if "://" not in value and not (is_place and LIKE_AN_ADDRESS.fullmatch(plain)):
        return (value,)
    place = re.sub(r"^(?:[a-z][a-z\d+.-]*:)?/*", "//", value, flags=re.IGNORECASE)
    try:
        parts = urlsplit(place)
        sent = urlsplit(urljoin(place, parts.path)).path
    except ValueError:
        return (value,)
    paths = {parts.path, sent, unquote(sent)}
    words = [word for word in unquote(parts.path).split("/") if re.search(r"\d", word)]
    query = parse_qsl(parts.query, keep_blank_values=True)
    words += [text or name for name, text in query] + [unquote(parts.fragment)]
    user = parts.password or parts.username or ""
    longer = [word for word in words if len(word) >= SHORTEST_PART]
    return (value, *(path.rstrip("/") for path in paths), unquote(user), *longer)
