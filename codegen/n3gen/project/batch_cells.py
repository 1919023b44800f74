"""Cells of CSV as values of the types that a chain's input declares."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from n3gen.project.row_json import json_value
from n3gen.project.rows import RowFault
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.values import shown

__all__ = ["MISSING", "cell_value"]

MISSING: Final = object()
"""The value of an empty cell, unless its type takes an empty text: the field is not given."""

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,4000}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_TEXTS: Final = ("str", "any", "date", "datetime", "uuid", "file")
_FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}


def cell_value(text: str, wanted: TypeRef) -> Any:
    """Return a cell as a value of the type; as its text where it does not read as one.

    What does not read is left to the check of the payload, which says what is wrong.
    Raises `RowFault` for what would read as data that no data can hold, such as `nan`.
    """
    if text == "":
        return text if _takes_text(wanted) else MISSING
    try:
        return _read(text.strip(), wanted)
    except RowFault:
        if _takes_text(wanted):
            return text
        raise
    except ValueError:
        return text


def _takes_text(wanted: TypeRef) -> bool:
    """Whether the type takes an empty text, which is none where it takes that too."""
    if wanted.name == "union":
        names = {member.name for member in wanted.args}
        return bool(names & {"str", "any"}) and "none" not in names
    return wanted.name in ("str", "any") or "" in wanted.values


def _read(text: str, wanted: TypeRef) -> Any:
    """Raises `ValueError` where the text is no value of the type, or is one itself."""
    if wanted.name == "union":
        return _member(text, wanted)
    if wanted.name == "one of":
        return _literal(text, wanted)
    if wanted.name in _TEXTS:
        raise ValueError("it is a text")
    value = _READERS.get(wanted.name, json_value)(text)
    if value is None:
        raise ValueError("only an empty cell is none")
    return value


def _member(text: str, wanted: TypeRef) -> Any:
    """The value of the first member that reads, texts last."""
    failure = ValueError("no member reads it")
    for member in wanted.args:
        try:
            return _read(text, member)
        except RowFault as fault:
            failure = fault
        except ValueError:
            continue
    raise failure


def _literal(text: str, wanted: TypeRef) -> Any:
    for value in wanted.values:
        if isinstance(value, str) or value is None:
            continue
        if json.dumps(value) == text:
            return value
    raise ValueError("no literal but a text is meant")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("no whole number")
    if len(text.lstrip("+-0")) > 300:
        raise RowFault("the number has more than 300 digits")
    return int(text)


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) and math.isfinite(value := float(text)):
        return value
    if _NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        raise RowFault(f"`{shown(text)}` is not a number that data can hold")
    raise ValueError("no number as files write it")


def _seconds(text: str) -> int | float:
    """A duration that is a number; those with a unit stay texts."""
    return _whole(text) if _WHOLE.fullmatch(text) else _number(text)


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError("neither true nor false")
    return _FLAGS[text.lower()]


def _nothing(text: str) -> NoReturn:
    raise ValueError("only an empty cell is none")


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "int": _whole,
    "float": _number,
    "duration": _seconds,
    "bool": _flag,
    "none": _nothing,
}
"""How the plain types read; all others (lists, mappings, declared types) are JSON."""
