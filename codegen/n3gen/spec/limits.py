"""Named limits: their definitions, and what a step or a connector takes of them."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from n3gen.source import Loc
from n3gen.spec.key_shapes import Choice, ListOf, Mapping, Name, OneOf, Whole
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Node
from n3gen.spec.policy_rules import OutOfRange
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MissingKey, WrongType
from n3gen.spec.values import described, number_or_kind, shown

__all__ = [
    "LIMIT_SHAPE",
    "LLM",
    "NAMED_LIMIT_SHAPE",
    "Limit",
    "LimitUse",
    "read_limit",
    "read_limit_uses",
]

_WITHIN: Final = re.compile(r"(\d+)\s+(?:in|of|under|inside)\s+(\w+)")
"""A limit and the one around it, as they are not joined here."""

LLM: Final = "llm"
"""The name of the limit on model calls, which nothing defines."""

NAMED_LIMIT_SHAPE = OneOf(
    Name("limits"), ListOf(Name("limits"), least=1), Mapping(Whole(), Name("limits"))
)
"""One limit, several, or limits with the number of permits that are taken of each."""

LIMIT_SHAPE = OneOf(Choice("none"), *NAMED_LIMIT_SHAPE.shapes)


class Limit(Node):
    """`limit NAME: n`: at most `permits` at once, each of which takes one of `within` too."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "permits",
            Whole(),
            "how many may be held at once",
            needed=True,
            also=("max", "limit", "size", "count", "max_concurrency"),
        ),
        Key("within", Name("limits"), "the limit of which each permit takes one too"),
    )

    name: str
    permits: int
    within: str | None = None


class LimitUse(Node):
    """What a step takes of one limit: `number` permits."""

    name: str
    number: int = 1


def read_limit(reader: Reader, loc: Loc, name: str, data: Any) -> Limit | None:
    """Read the limit at `loc`: a number of permits, or a mapping with it."""
    what = f"limit `{shown(name)}`"
    if isinstance(data, dict):
        values = reader.known(loc, data, Limit.KEYS, what)
        at = (*loc, "permits")
        if values.get("permits") is None:
            reader.missing(loc, "permits", what)
            return None
    elif data is None:
        label, wanted = reader.document.key_label(loc), "a whole number of permits"
        reader.report(MissingKey.empty(shown(name), wanted, True, label))
        return None
    else:
        values, at = {"permits": data}, loc
    subject = "permits" if isinstance(data, dict) else name
    if not _is_whole(reader, at, values["permits"], subject):
        return None
    return reader.build(Limit, loc, {"name": name, **values}, what)


def read_limit_uses(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Make `limit` the permits that are taken: `limits`, and `limited` for `none`."""
    if values.get("limit") is None:
        values.pop("limit", None)
        return
    given, at = values.pop("limit"), (*loc, "limit")
    if given == "none":
        values["limited"] = False
        return
    if isinstance(given, str):
        uses = {given: (at, 1)}
    elif isinstance(given, dict) and all(isinstance(name, str) for name in given):
        uses = {name: ((*at, name), number) for name, number in given.items()}
    elif isinstance(given, list) and all(isinstance(name, str) for name in given):
        uses = {name: ((*at, index), 1) for index, name in enumerate(given)}
    else:
        wanted = "`none`, the name of a limit, or limits with numbers of permits"
        label = reader.document.label(at)
        reader.report(WrongType.of("`limit`", wanted, described(given), label))
        return
    values["limits"] = tuple(
        LimitUse(name=name, number=number, place=reader.place(place))
        for name, (place, number) in uses.items()
        if _is_whole(reader, place, number, name)
    )


def _is_whole(reader: Reader, loc: Loc, number: Any, key: str) -> bool:
    """Say whether a number of permits is one, and report it if it is none."""
    label = reader.document.label(loc)
    if not isinstance(number, int) or isinstance(number, bool):
        wanted = "a whole number of permits"
        given, way_out = number_or_kind(number), None
        if isinstance(number, str):
            given = f"the text `{shown(number)}`"
            if found := _WITHIN.fullmatch(number):
                way_out = f"write `{found[1]} within {found[2]}`"
            elif number.isdecimal():
                way_out = "write it without quotes"
        reader.report(WrongType.of(f"`{shown(key)}`", wanted, given, label, way_out))
    elif number < 1:
        reader.report(OutOfRange.of(shown(key), shown(number), "at least 1", label))
    else:
        return True
    return False
