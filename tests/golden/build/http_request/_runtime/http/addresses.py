"""Addresses that no request can go to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx

LIKE_AN_ADDRESS = re.compile(
    r"""
    (?: [a-z]+ :/* )?  # a server, behind any scheme or none
        (?: localhost | [\w-]{0,63} (?: \. [\w-]{1,63} )+ | \[ [\da-f:.]* \]?
            | (?<=/) | (?<=//) [\w-]+ )
        (?: [:/] .* )?
    | /? (?: / [a-z\d_.-]+ )+ /?  # a path alone
    | (?: [a-z]{1,12} / )+ v\d{1,2}
    | (?i: https? ) :? /{1,2} [\w-]* (?: / .* )?
    | (?: javascript | data | file ) : .{0,40}
    | \d{1,5}  # a port alone
    """,
    re.ASCII | re.VERBOSE,
)
"""What is surely no key that has got into the wrong variable, and so can be shown."""


def address_fault(address: str) -> str | None:
    """Say what is wrong with an address, without user and query; `None` for a good one.

    The words follow those that name it, as in "`url` ".
    """
    bare = re.sub("//[^/?#]*@", "//", address)
    plain = re.split("[?#]", bare)[0]
    is_shown = "@" not in bare and LIKE_AN_ADDRESS.fullmatch(plain)
    shown = f"is `{plain}`, which " if is_shown else ""
    try:
        parts, host = urlsplit(address), httpx.URL(address).host
        port = parts.port
    except (ValueError, httpx.InvalidURL):
        return f"{shown}has a port, a host or a character that no address can have"
    if not address.strip():
        return "is empty"
    if parts.scheme not in ("http", "https"):
        return f"{shown}has no `https://` or `http://` before it"
    if not host:
        return f"{shown}does not name a server"
    if port == 0:
        return "has port 0, which no server has"
    return None
