"""The filters of JSON, and of lists and mappings inside of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from n3gen.expressions.arguments import Bound, Given, bind
from n3gen.expressions.call_rules import WrongArguments
from n3gen.expressions.value_filters import Filter, supported
from n3gen.expressions.writer import Piece, Writer

__all__ = ["DATA_FILTERS"]


def _combine(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    if not call.args:
        what = f"{call.what} needs a mapping"
        at = call.token
        return writer.fault(WrongArguments.of(what, at.start, at.end))
    named = Given(call.what, call.token, (), call.kwargs)
    options = bind(writer, named, ("recursive",))
    if options is None:
        return subject
    values = [subject, *(writer.write(node) for node in call.args)]
    texts = [writer.loose(value).text for value in values]
    texts += [f"{key}={writer.write(node).text}" for key, node in options.items()]
    return Piece(writer.call("combine", *texts))


DATA_FILTERS: Final[Mapping[str, Filter]] = {
    "combine": Filter(
        None,
        0,
        _combine,
        about="the mapping with the entries of others; the last one has its way. "
        "`recursive=true` combines mappings inside of them too",
    ),
    "flatten": supported(
        "flatten",
        "levels skip_nulls",
        kind="list",
        about="the items of the lists inside a list; `levels` is how deep it goes, "
        "`skip_nulls=true` leaves out none",
    ),
    "fromjson": supported("parse_json", about="the data that a text of JSON spells"),
}
"""These filters by name."""
