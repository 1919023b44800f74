"""The filters of single values, and how each is written in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from n3gen.expressions.arguments import (
    Bound,
    Given,
    attribute_of,
    call_text,
    constant_of,
)
from n3gen.expressions.call_rules import WrongArguments
from n3gen.expressions.literals import literal
from n3gen.expressions.paths import field_piece
from n3gen.expressions.writer import NUMBERS, Level, Piece, Writer
from n3gen.names import is_name, outside

__all__ = ["VALUE_FILTERS", "Filter", "Write", "supported", "text_argument"]

Write = Callable[[Writer, Piece, Given, Bound], Piece]
"""Writes a filter of a value with its arguments."""


class Filter(NamedTuple):
    """A filter: its parameters, how many of them it needs, and how it is written.

    Where `parameters` are `None`, it takes any arguments, and looks at them itself.
    `about` is what the page of the language says of it.
    """

    parameters: tuple[str, ...] | None
    required: int
    write: Write
    about: str


def text_of(value: Piece) -> str:
    """A value as a text, ready for a method."""
    if value.kind == "str":
        return value.at(Level.ATOM)
    return f"{outside('str')}({value.printed or value.text})"


def text_argument(value: Piece) -> str:
    """A value as a text, ready for an argument; `None` stays `None`."""
    is_ready = value.kind == "str" or value.text == "None"
    return value.text if is_ready else f"{outside('str')}({value.text})"


def supported(
    function: str,
    parameters: str = "",
    required: int = 0,
    kind: str = "",
    may_miss: bool = False,
    *,
    about: str,
) -> Filter:
    """A filter that is one call of the run-time support."""
    names = tuple(parameters.split())

    def write(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
        if "attribute" in bound:
            attribute_of(writer, call, bound["attribute"])
        text = call_text(writer, function, subject, names, bound)
        return Piece(text, kind=kind, may_miss=may_miss)

    return Filter(names, required, write, about)


def _method(
    name: str, parameters: str = "", required: int = 0, *, about: str
) -> Filter:
    """A filter that is one method of texts."""
    names = tuple(parameters.split())

    def write(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
        texts = [writer.write(bound[key]) for key in names if key in bound]
        arguments = ", ".join(
            text.text if key == "count" else text_argument(text)
            for key, text in zip(names, texts, strict=False)
        )
        return Piece(f"{text_of(subject)}.{name}({arguments})", kind="str")

    return Filter(names, required, write, about)


def _builtin(function: str, kind: str, about: str) -> Filter:
    def write(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
        if kind == "list" and subject.kind == "list":
            return subject
        writer.fallible = True
        is_number = function == "abs" and subject.kind in NUMBERS
        value = subject if is_number else writer.loose(subject)
        return Piece(
            f"{outside(function)}({value.text})", kind=value.kind if is_number else kind
        )

    return Filter((), 0, write, about)


def _string(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    if subject.kind == "str":
        return subject
    inner = subject.printed or subject.text
    return Piece(f"{outside('str')}({inner})", kind="str", printed=inner)


def _round(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    method = "common"
    if "method" in bound:
        method = str(constant_of(writer, call, bound["method"], "method"))
    if method not in ("common", "ceil", "floor"):
        token = writer.token(bound["method"])
        what = "`method` of filter `round` is `common`, `ceil` or `floor`"
        return writer.fault(WrongArguments.of(what, token.start, token.end))
    if method != "common":
        names = ("precision", "method")
        return Piece(call_text(writer, "round_to", subject, names, bound))
    writer.fallible = True
    digits = writer.write(bound["precision"]).text if "precision" in bound else "0"
    value = subject if subject.kind in NUMBERS else writer.loose(subject)
    return Piece(f"{outside('round')}({value.text}, {digits})")


def _attr(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    name = attribute_of(writer, call, bound["name"])
    token = writer.token(bound["name"])
    if is_name(name):
        return field_piece(writer, subject, name, token)
    what = "`name` of filter `attr` is the name of a field"
    hint = f"write `[{name!r}]` behind the value in place of the filter"
    return writer.fault(WrongArguments.of(what, token.start, token.end, hint))


def _format(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    if call.args and call.kwargs:
        what = "filter `format` takes values by place or by name, not both"
        at = call.token
        return writer.fault(WrongArguments.of(what, at.start, at.end))
    values = [writer.write(node).text for node in call.args]
    comma = "," if len(values) == 1 else ""
    text = f"({', '.join(values)}{comma})"
    if call.kwargs:
        pairs = [f"{literal(p.key)}: {writer.write(p.value).text}" for p in call.kwargs]
        text = f"{{{', '.join(pairs)}}}"
    return Piece(writer.call("format_text", subject.text, text), kind="str")


VALUE_FILTERS: Final[Mapping[str, Filter]] = {
    "abs": _builtin("abs", "", about="the number without its sign"),
    "attr": Filter(("name",), 1, _attr, about="the field `name`"),
    "capitalize": _method(
        "capitalize", about="the first letter in upper case, the others in lower"
    ),
    "float": supported(
        "to_float",
        "default",
        about="a number with a fraction; `default` where it cannot be one",
    ),
    "format": Filter(
        None, 0, _format, about="the text with its `%s` filled by the arguments"
    ),
    "indent": supported(
        "indent_text",
        "width first blank",
        0,
        "str",
        about="the text with its lines moved right",
    ),
    "int": supported(
        "to_int",
        "default base",
        about="a whole number; `default` where it cannot be one",
    ),
    "lower": _method("lower", about="the text in lower case"),
    "replace": _method(
        "replace", "old new count", 2, about="the text with `old` replaced by `new`"
    ),
    "round": Filter(
        ("precision", "method"),
        0,
        _round,
        about="the number rounded; `method` is `common`, `ceil` or `floor`",
    ),
    "string": Filter((), 0, _string, about="the value as a text"),
    "title": supported(
        "title_text", kind="str", about="each word with its first letter in upper case"
    ),
    "tojson": supported("json_text", "indent", 0, "str", about="the value as JSON"),
    "trim": _method(
        "strip", "chars", about="the text without spaces, or `chars`, around it"
    ),
    "truncate": supported(
        "truncate_text",
        "length killwords end leeway",
        0,
        "str",
        about="the text cut to `length`",
    ),
    "upper": _method("upper", about="the text in upper case"),
    "urlencode": supported(
        "url_encode",
        kind="str",
        about="the text percent-encoded, or a mapping as a query",
    ),
    "wordcount": supported(
        "count_words", kind="int", about="how many words the text has"
    ),
    "wordwrap": supported(
        "wrap_text",
        "width break_long_words wrapstring break_on_hyphens",
        0,
        "str",
        about="the text with lines of up to `width`",
    ),
}
"""The filters of single values by name."""
