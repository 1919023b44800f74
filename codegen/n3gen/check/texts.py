"""Takes a part of a spec; hands on the texts in it that are expressions, and what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from n3gen.check.walk import every_entry
from n3gen.expressions import Parsed, parse_expression, parse_template
from n3gen.source import Loc
from n3gen.spec.model import (
    Chain,
    Connection,
    Connector,
    Data,
    Entry,
    For,
    If,
    Match,
    Step,
    While,
)

__all__ = ["Text", "Written", "parsed", "reads_within", "references_of", "texts_of"]

_OWN = frozenset(("name", "step", "payload", "options"))
"""What references to something of the chain begin with, not to the world around it."""

Written = Entry | Chain | Connector | Connection
"""The parts of a spec that have expressions of their own."""


class Text(NamedTuple):
    """A text with its keys below the place of the part that it stands in.

    An `expression` is bare, as in `if` and `when`; a `template` has `{{ }}`.
    """

    keys: Loc
    text: str
    form: Literal["expression", "template"]


def texts_of(part: Written) -> Iterator[Text]:
    """The texts of a step, a block, a chain or a definition, in the order they are read.

    Those of a block are its conditions, a chain's are those of its `result`: what
    stands in steps inside of them is not among these.
    """
    match part:
        case Step():
            yield from _step(part)
        case If():
            above = len(part.place.loc)
            for branch in part.branches:
                keys = (*branch.place.loc[above:], "if")
                yield Text(keys, branch.condition, "expression")
        case Match():
            yield Text(("match",), part.subject, "expression")
        case While():
            yield Text(("while",), part.condition, "expression")
        case For():
            yield Text(("in",), part.items, "expression")
        case Chain():
            yield from _data(("result",), part.result)
        case Connector():
            yield from _data(("options",), part.options)
            yield from _model_call(part)
            yield from _cache_key(part)
        case Connection():
            yield from _data(("body",), part.body)
            if part.answer is not None:
                yield Text(("answer",), part.answer, "expression")


def _step(step: Step) -> Iterator[Text]:
    yield from _data(("options",), step.options)
    if step.when is not None:
        yield Text(("when",), step.when, "expression")
    yield from _model_call(step)
    for key, value in (
        ("url", step.url),
        ("headers", step.headers),
        ("query", step.query),
        ("json", step.json_),
        ("with", step.with_),
        ("payload", step.payload),
        ("value", step.value),
    ):
        yield from _data((key,), value)
    yield from _cache_key(step)


def _model_call(call: Step | Connector) -> Iterator[Text]:
    for key in ("prompt", "system", "messages", "images", "embed"):
        yield from _data((key,), getattr(call, key))


def _cache_key(part: Step | Connector) -> Iterator[Text]:
    if part.cache is not None:
        yield from _data(("cache", "key"), part.cache.key)


def _data(keys: Loc, value: Data) -> Iterator[Text]:
    """The templates among plain data, in its own order; keys of mappings are none."""
    waiting: list[tuple[Loc, Any]] = [(keys, value)]
    while waiting:
        at, item = waiting.pop()
        if isinstance(item, str):
            yield Text(at, item, "template")
        elif isinstance(item, dict):
            inner = [((*at, key), found) for key, found in item.items()]
            waiting.extend(reversed(inner))
        elif isinstance(item, list | tuple):
            inner = [((*at, index), found) for index, found in enumerate(item)]
            waiting.extend(reversed(inner))


def parsed(text: Text) -> Parsed:
    """The text as the room of expressions reads it."""
    if text.form == "expression":
        return parse_expression(text.text)
    return parse_template(text.text)


def references_of(part: Written) -> frozenset[str]:
    """The names that the own texts of a part read: steps, loop variables, `payload`, `options`."""
    return frozenset(
        reference.name
        for text in texts_of(part)
        for reference in parsed(text).references
        if reference.root in _OWN
    )


def reads_within(entries: Iterable[Entry]) -> frozenset[str]:
    """The names that entries, and those in their blocks, read."""
    found: set[str] = set()
    for entry in every_entry(entries):
        found |= references_of(entry)
    return frozenset(found)
