"""Expressions and templates as Python, by the sources of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from n3gen.expressions.addresses import Address
from n3gen.expressions.literals import listed, literal, text_lines
from n3gen.expressions.model import Code, Name, Parsed
from n3gen.expressions.operators import opposite
from n3gen.expressions.reading import parse_template, writer_of, written
from n3gen.expressions.writer import Piece, Writer
from n3gen.names import outside

__all__ = ["data_to_python", "to_python"]

_NO_FORMS: Mapping[Any, type[Address]] = {}

_EMPTY = {
    "dict": Code(
        f"{outside('dict')}[{outside('str')}, {outside('Any')}]()", kind="dict"
    ),
    "list": Code(f"{outside('list')}[{outside('Any')}]()", kind="list"),
}
"""What is empty: nothing else says of what, as type checkers ask."""


def to_python(
    parsed: Parsed,
    names: Mapping[str, str | Name],
    *,
    as_text: bool = False,
    form: type[Address] | None = None,
) -> Code:
    """The Python of an expression or a template.

    `names` maps each reference's name (`payload`, a step, a loop variable) to
    its source, which binds as tightly as a call; `as_text` makes a text of a
    single expression's value too; a `form` of addresses encodes the values inside a
    text for their place in one. Raises `ValueError` for a text with faults,
    `KeyError` for a name that `names` lacks and the text does not guard.
    """
    if parsed.faults:
        raise ValueError(parsed.faults[0].message)
    if parsed.constant is not None:
        return _text(parsed.constant)
    writer = writer_of(parsed, names)
    piece = _walked(parsed, writer, form)
    if writer.bound & writer.called:
        # A variable of the template's covers a function that it calls further on.
        writer = writer_of(parsed, names, frozenset(writer.called))
        piece = _walked(parsed, writer, form)
    text = piece.text
    if text in ("[]", "{}") and not as_text:
        return _EMPTY["list" if text == "[]" else "dict"]
    if as_text and piece.kind != "str":
        value = piece.printed or text
        made = f"{outside('str')}({value})"
        if form is not None:
            made = writer.call("address_text", value)
        piece = Piece(made, kind="str")
        text = piece.text
    return Code(
        text,
        writer.fallible,
        opposite(piece).text,
        piece.inner,
        piece.kind,
    )


def _walked(parsed: Parsed, writer: Writer, form: type[Address] | None) -> Piece:
    if form is None or parsed.is_single:
        return written(parsed, writer)
    address = form()
    writer.address = address
    return address.whole(writer, written(parsed, writer))


def _text(constant: str) -> Code:
    lines = text_lines(constant)
    is_one = "\n" not in lines
    if is_one:
        return Code(lines, kind="str")
    return Code(f"(\n{lines}\n)", inner=lines, kind="str")


def data_to_python(
    value: Any,
    names: Mapping[str, str | Name],
    form: type[Address] | None = None,
    forms: Mapping[Any, type[Address]] = _NO_FORMS,
) -> Code:
    """The Python of nested data whose texts are templates; as `to_python` does it.

    `forms` are those of addresses by the keys that they are under.
    """
    if isinstance(value, str):
        return to_python(parse_template(value), names, form=form)
    kind = type(value).__name__
    if value in ({}, [], ()):
        return _EMPTY["dict" if value == {} else "list"]
    if isinstance(value, dict):
        keys = [literal(key) for key in value]
        codes = [
            data_to_python(item, names, forms.get(key, form), forms)
            for key, item in value.items()
        ]
        pairs = zip(keys, codes, strict=True)
        source = f"{{{', '.join(f'{key}: {code.source}' for key, code in pairs)}}}"
    elif isinstance(value, list | tuple):
        codes = [data_to_python(item, names, form, forms) for item in value]
        source = f"[{listed([code.source for code in codes])}]"
    else:
        return Code(literal(value), kind="" if value is None else kind)
    fallible = any(code.fallible for code in codes)
    return Code(source, fallible, kind=kind)
