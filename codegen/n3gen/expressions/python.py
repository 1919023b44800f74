"""Takes what was read in a text and the sources of its names; hands on Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from n3gen.expressions.literals import literal, text_literal
from n3gen.expressions.model import Code, Name, Parsed
from n3gen.expressions.reading import parse_template, writer_of, written
from n3gen.names import outside, outside_in

__all__ = ["data_to_python", "to_python"]


def to_python(
    parsed: Parsed, names: Mapping[str, str | Name], *, as_text: bool = False
) -> Code:
    """The Python of an expression or a template.

    `names` maps each reference's name (`payload`, a step, a loop variable) to
    its source, which binds as tightly as a call; `as_text` makes a text of a
    single expression's value too. Raises `ValueError` for a text with faults,
    `KeyError` for a name that `names` lacks and the text does not guard.
    """
    if parsed.faults:
        raise ValueError(parsed.faults[0].message)
    if parsed.constant is not None:
        return Code(text_literal(parsed.constant))
    writer = writer_of(parsed, names)
    piece = written(parsed, writer)
    if writer.bound & writer.called:
        # A variable of the template's covers a function that it calls further on.
        writer = writer_of(parsed, names, frozenset(writer.called))
        piece = written(parsed, writer)
    text = piece.text
    if as_text and piece.kind != "str":
        text = f"{outside('str')}({piece.printed or text})"
    return Code(text, outside_in(text) & writer.called, writer.fallible)


def data_to_python(value: Any, names: Mapping[str, str | Name]) -> Code:
    """The Python of nested data whose texts are templates; as `to_python` does it."""
    if isinstance(value, str):
        return to_python(parse_template(value), names)
    if isinstance(value, dict):
        keys = [literal(key) for key in value]
        codes = [data_to_python(item, names) for item in value.values()]
        pairs = zip(keys, codes, strict=True)
        source = f"{{{', '.join(f'{key}: {code.source}' for key, code in pairs)}}}"
    elif isinstance(value, list | tuple):
        codes = [data_to_python(item, names) for item in value]
        source = f"[{', '.join(code.source for code in codes)}]"
    else:
        return Code(literal(value))
    support = frozenset[str]().union(*(code.support for code in codes))
    return Code(source, support, any(code.fallible for code in codes))
