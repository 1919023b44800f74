"""The annotations of what is of one of several types."""

from __future__ import annotations

from n3gen.emit.variables import ANY, optional, union_of
from n3gen.expressions import Code

TEXT, NUMBER, NONE = Code("str"), Code("int"), Code("None")


def test_each_type_stands_once_and_none_last() -> None:
    maybe = optional(TEXT)
    assert maybe.source == "str | None"
    assert union_of([TEXT, TEXT]).source == "str"
    assert union_of([maybe, NUMBER]).source == "str | int | None"
    assert optional(union_of([maybe, NUMBER])) == union_of([maybe, NUMBER])
    assert optional(optional(TEXT)) == maybe
    assert union_of([NONE]).source == "None"


def test_anything_takes_in_all_others() -> None:
    assert union_of([optional(TEXT), ANY]) == ANY == optional(ANY)
