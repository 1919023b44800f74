"""What can be written at the cursor: keys, words, values, names, filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from lsprotocol import types as lsp

from n3gen.expressions import NAMESPACES
from n3gen.expressions.calls import FUNCTIONS
from n3gen.expressions.filters import FILTERS
from n3gen.expressions.predicates import TESTS
from n3gen.lsp.cursor import Cursor, cursor_in
from n3gen.lsp.readings import OpenFile
from n3gen.lsp.scope import Known, Scope, edited_spec, scope_at
from n3gen.lsp.tables import keys_of, shapes_at
from n3gen.source import Loc
from n3gen.spec.key_shapes import (
    Choice,
    Expression,
    Flag,
    Name,
    OneOf,
    OrTemplate,
    Shape,
    Steps,
    TypeText,
)
from n3gen.spec.keys import Key, Record
from n3gen.spec.model import ModelStep, Spec
from n3gen.spec.steps import KINDS
from n3gen.spec.types import TYPE_WORDS
from n3gen.syntax.words import WORDS, Context

__all__ = ["completions"]

_OPEN: Final = re.compile(r"\{\{|\{%")
_CLOSE: Final = re.compile(r"\}\}|%\}")
_PATH: Final = re.compile(r"((?:[^\W\d]\w*\.)+)\w*\Z")
_FILTER: Final = re.compile(r"\|\s*\w*\Z")
_TEST: Final = re.compile(r"\bis\s+(?:not\s+)?\w*\Z")
_Kind = lsp.CompletionItemKind


def completions(file: OpenFile, offset: int) -> list[lsp.CompletionItem]:
    """What can stand at an offset of an open file."""
    cursor = cursor_in(file.source, offset)
    if cursor is None:
        return []
    found = _at_key(file, cursor) if cursor.is_key else _at_value(file, cursor)
    seen: dict[str, lsp.CompletionItem] = {}
    for item in found:
        seen.setdefault(item.label, item)
    return list(seen.values())


# --- keys ---------------------------------------------------------------------


def _at_key(file: OpenFile, cursor: Cursor) -> Iterator[lsp.CompletionItem]:
    """The keys and the block words that can stand on a line."""
    is_ai = file.source.path.endswith(".ai")
    shapes, data = shapes_at(cursor.document.data, cursor.loc)
    given = set(data) if isinstance(data, dict) else set[Any]()
    if cursor.loc or not is_ai:
        for key in (key for shape in shapes for key in keys_of(shape, data)):
            if key.name not in given and not (is_ai and _is_body(key.shape)):
                yield _key_item(key)
    if is_ai:
        yield from map(_word_item, WORDS.within(_context(cursor.loc, data)))
    elif _is_entry(cursor.loc):
        yield from (_key_word(block.sign) for block in WORDS.controls())
    yield from _options(file, cursor, given)


def _key_item(key: Key) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=key.name,
        kind=_Kind.Property,
        detail=key.shape.words.replace("`", ""),
        documentation=_page(key.hint),
        insert_text=f"{key.name}:" if _is_deep(key.shape) else f"{key.name}: ",
        sort_text=f"{'0' if key.needed else '1'}{key.name}",
    )


def _word_item(word: str) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=word, kind=_Kind.Keyword, detail="a block", sort_text=f"2{word}"
    )


def _key_word(sign: str) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=sign, kind=_Kind.Keyword, detail="a block", insert_text=f"{sign}: "
    )


def _context(loc: Loc, data: Any) -> Context:
    """What the lines of a body are in which a key stands."""
    if not loc:
        return Context.TOP
    if len(loc) == 2:
        definition = WORDS.definitions().get(str(loc[0]))
        return definition.body or Context.DATA if definition else Context.DATA
    if not isinstance(loc[-1], int):
        return Context.DATA
    control = WORDS.control_of(data) if isinstance(data, dict) else None
    return control.body or Context.ENTRY if control is not None else Context.ENTRY


def _is_entry(loc: Loc) -> bool:
    return bool(loc) and isinstance(loc[-1], int)


def _is_body(shape: Shape) -> bool:
    """Whether `.ai` writes the value of a key as blocks."""
    return isinstance(shape, Steps)


def _is_deep(shape: Shape) -> bool:
    return isinstance(shape, Steps | Record)


def _options(
    file: OpenFile, cursor: Cursor, given: set[Any]
) -> Iterator[lsp.CompletionItem]:
    """The options that the provider of a model call knows."""
    if not cursor.loc or cursor.loc[-1] != "options":
        return
    spec = _spec(file, cursor)
    name = _connection(cursor, spec)
    for connection in spec.connections:
        if name in (None, connection.name):
            about = f"an option of {connection.about}"
            for option in sorted(connection.options(embeds=False) or ()):
                if option not in given:
                    yield _item(f"{option}", _Kind.Property, about, f"{option}: ")


def _connection(cursor: Cursor, spec: Spec) -> str | None:
    """The connection of the call that the cursor is in; `None` where any may be meant."""
    if cursor.loc[0] == "connectors":
        called = next((c for c in spec.connectors if c.name == cursor.loc[1]), None)
        return called.connection if called and called.connection else None
    step = scope_at(spec, cursor.document.source.path, cursor.loc).step
    return step.connection if isinstance(step, ModelStep) else None


# --- values -------------------------------------------------------------------


def _at_value(file: OpenFile, cursor: Cursor) -> Iterator[lsp.CompletionItem]:
    """What can stand as a value, or in the expression that the cursor is in."""
    shapes, _ = shapes_at(cursor.document.data, cursor.loc)
    code = _code(cursor, shapes)
    scope = scope_at(_spec(file, cursor), cursor.document.source.path, cursor.loc)
    if code is not None:
        yield from _in_expression(code, scope)
        return
    if cursor.loc and cursor.loc[-1] == "kind":
        for kind, form in KINDS.items():
            if not form.in_stages:
                about = " ".join((form.__doc__ or "").split("\n\n")[0].split())
                yield _item(kind, _Kind.EnumMember, about)
    for shape in shapes:
        yield from _values(shape, scope)


def _code(cursor: Cursor, shapes: Iterable[Shape]) -> str | None:
    """The part of an expression before the cursor; `None` outside of expressions."""
    opened = [found.end() for found in _OPEN.finditer(cursor.before)]
    if opened:
        rest = cursor.before[opened[-1] :]
        return None if _CLOSE.search(rest) else rest
    is_bare = any(isinstance(shape, Expression) for shape in shapes)
    return cursor.before if is_bare else None


def _in_expression(code: str, scope: Scope) -> Iterator[lsp.CompletionItem]:
    if _FILTER.search(code):
        yield from (_item(name, _Kind.Function, "a filter") for name in sorted(FILTERS))
    elif _TEST.search(code):
        yield from (_item(name, _Kind.Function, "a test") for name in sorted(TESTS))
    elif path := _PATH.search(code):
        names = tuple(path[1][:-1].split("."))
        yield from _known(scope.fields(names), _Kind.Field)
    else:
        yield from _known(scope.names(), _Kind.Variable)
        for name in sorted({*NAMESPACES, "payload"}):
            yield _item(name, _Kind.Module, "what every expression knows")
        if scope.step is not None:
            yield _item("options", _Kind.Module, "the options of the step")
        for name in sorted(FUNCTIONS):
            yield _item(name, _Kind.Function, "a function", f"{name}(")


def _known(names: Iterable[Known], kind: lsp.CompletionItemKind) -> Iterator[Any]:
    for one in names:
        item = _item(one.name, kind, one.about)
        item.sort_text = f"{'0' if one.is_before else '3'}{one.name}"
        yield item


def _values(shape: Shape, scope: Scope) -> Iterator[lsp.CompletionItem]:
    """The values of a shape that are known by name."""
    if isinstance(shape, OneOf | OrTemplate):
        for part in shape.parts():
            yield from _values(part, scope)
    elif isinstance(shape, Choice):
        for option in shape.options:
            word = "true" if option is True else str(option)
            yield _item(word, _Kind.EnumMember, "a choice")
    elif isinstance(shape, Flag):
        yield from (_item(w, _Kind.EnumMember, "a flag") for w in ("true", "false"))
    elif isinstance(shape, TypeText):
        for record in scope.spec.types:
            yield _item(record.name, _Kind.Struct, "a type of the spec")
        yield from (_item(w, _Kind.TypeParameter, "a type") for w in TYPE_WORDS)
    elif isinstance(shape, Name) and shape.of == "steps":
        yield from _known(scope.beside(), _Kind.Variable)
    elif isinstance(shape, Name) and shape.of:
        for node in getattr(scope.spec, shape.of):
            yield _item(node.name, _Kind.Reference, f"one of the {shape.of}")


def _spec(file: OpenFile, cursor: Cursor) -> Spec:
    known = file.reading.spec if file.reading is not None else None
    return edited_spec(cursor.document, known)


def _item(
    label: str, kind: lsp.CompletionItemKind, detail: str, text: str | None = None
) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=label, kind=kind, detail=detail, insert_text=text or label
    )


def _page(text: str) -> lsp.MarkupContent:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
