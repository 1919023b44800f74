"""Hosts and ports of servers, from their addresses."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

__all__ = ["address_of"]


@lru_cache(maxsize=64)
def address_of(url: str) -> tuple[str | None, int | None]:
    """Return the host and the port of an address."""
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (KeyError, ValueError):
        return None, None
