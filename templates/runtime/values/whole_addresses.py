"""Addresses and paths whose values find their places when all before them is known."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from .address_parts import address_text, host_part, path_part, query_part

__all__ = ["part_behind", "placed_part", "whole_address", "whole_place"]

MARKED = re.compile("([\x01\x02])((?:[^\x03]+|\x03\x03)*)\x03")
"""A value in an address that is not whole yet; `\\x01` begins one behind its beginning."""


def part_behind(value: Any) -> str:
    """Return a value right behind what begins an address, to be encoded there."""
    return "\x01" + placed_part(value)[1:]


def placed_part(value: Any) -> str:
    """Return a value to be encoded for its place in the whole address."""
    return "\x02" + address_text(value).replace("\x03", "\x03\x03") + "\x03"


def whole_address(text: str) -> str:
    """Return an address with its values encoded for their places.

    Raises `ValueError` for one that would lead to another host or path.
    """
    return with_parts(text, web_part)


def whole_place(text: str) -> str:
    """Return the address, the `data:` address or the path of a picture or a file.

    Values are encoded in an address alone. Raises `ValueError` for one that would lead
    to another host, out of a folder or from a path to an address.
    """
    return with_parts(text, file_part)


def with_parts(text: str, encode: Callable[[str, str, bool], str]) -> str:
    """Return a text with its marked values encoded, each for what stands before it."""
    whole, end = "", 0
    for found in MARKED.finditer(text):
        whole += text[end : found.start()]
        value = found[2].replace("\x03\x03", "\x03")
        whole += encode(whole, value, found[1] == "\x01")
        end = found.end()
    return whole + text[end:]


def web_part(before: str, value: str, is_behind: bool) -> str:
    """Return a value encoded for its place in an address."""
    rest = before.partition("://")[2]
    if "?" in rest or "#" in rest:
        return query_part(value)
    if "/" in rest or "://" not in before:
        return path_part(value)
    if is_behind and value:
        raise ValueError("a value follows the name of a server: write `/` before it")
    is_access = re.match(r"[^\[]*:", rest.rpartition("@")[2])
    return query_part(value) if is_access else host_part(value)


def file_part(before: str, value: str, is_behind: bool) -> str:
    """Return a value for its place in the address or the path of a file."""
    kind = scheme_of(before)
    if kind == "data:":
        return value
    if kind:
        return web_part(before, value, is_behind)
    leads_away = scheme_of(before + value) or (not before and os.path.isabs(value))
    if leads_away or any(p and not p.strip(".") for p in re.split(r"[/\\]", value)):
        raise ValueError(f"a value in a path is {value!r}, which leads to another path")
    return value


def scheme_of(text: str) -> str:
    """The scheme with which the address of a picture or a file begins; empty for a path."""
    start = text[:8].lower()
    return next(
        (s for s in ("http://", "https://", "data:") if start.startswith(s)), ""
    )
