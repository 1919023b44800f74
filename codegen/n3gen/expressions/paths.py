"""Names, fields and items, as the Python that reads them."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Final

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions.facts import field_fact, record_fact, round_field
from n3gen.expressions.literals import literal
from n3gen.expressions.model import Name, Root, Shape, Token
from n3gen.expressions.rules import (
    BareNamespace,
    ExpressionSyntax,
    PrivateAttribute,
    UnknownField,
)
from n3gen.expressions.writer import NUMBERS, Form, Level, Piece, Writer
from n3gen.names import is_name, outside, python_name, state_of

__all__ = [
    "FORMS",
    "LOOP_FIELDS",
    "NAMESPACES",
    "RUN_FIELDS",
    "field_piece",
    "is_private",
    "known_path",
]

NAMESPACES: Final = frozenset(["steps", "env", "run", "state", "loop"])
"""Names that stand for families of names."""

LOOP_FIELDS: Final[Mapping[str, str]] = {
    "index": "int",
    "index0": "int",
    "revindex": "int",
    "revindex0": "int",
    "length": "int",
    "first": "bool",
    "last": "bool",
}
"""What `loop` has inside a `{% for %}`, and of which type."""

RUN_FIELDS: Final = ("id", "status", "error")
"""What `run` has; all but its `id` is known once its chain has ended."""

_WORDS = {
    **dict.fromkeys(["and", "or", "is", "in", "if", "else", "elif", "for"]),
    "not": "put it in parentheses: `(not x)`",
}
"""Words that Jinja's parser takes for names where no operator can stand."""

_ROOTS: Mapping[str, Root] = {
    "payload": "payload",
    "input": "payload",
    "options": "options",
}


def name(writer: Writer, node: nodes.Name) -> Piece:
    local = writer.local(node)
    if local is not None:
        return local
    token = writer.token(node)
    if node.name in _WORDS:
        what, hint = f"unexpected `{node.name}`", _WORDS[node.name]
        return writer.fault(ExpressionSyntax.of(what, token.start, token.end, hint))
    if node.name in NAMESPACES - writer.plain:
        return writer.fault(BareNamespace.of(node.name, token.start, token.end))
    known = "payload" if node.name == "input" else node.name
    return _root(writer, known, _ROOTS.get(node.name, "name"), token)


def field(writer: Writer, node: nodes.Getattr) -> Piece:
    return _step(writer, node.node, node.attr, writer.token(node, 1))


def item(writer: Writer, node: nodes.Getitem) -> Piece:
    key = node.arg
    if isinstance(key, nodes.Slice):
        return _slice(writer, writer.write(node.node), key)
    if isinstance(key, nodes.Const) and _is_step(key.value):
        return _step(writer, node.node, str(key.value), writer.token(key))
    if isinstance(node.node, nodes.Name) and not writer.local(node.node):
        namespace = isinstance(key, nodes.Const) and node.node.name == "steps"
        if namespace and isinstance(key, nodes.Const):
            return _root(writer, str(key.value), "step", writer.token(key))
    base = writer.write(node.node)
    if isinstance(key, nodes.Const) and isinstance(key.value, str):
        shape = base.shape
        if shape is not None and shape.own(key.value) in shape.fields:
            return field_piece(writer, base, key.value, writer.token(key))
        if is_private(key.value):
            return _private(writer, key.value, writer.token(key))
        writer.extend(base.reference, key.value, writer.token(key))
    arguments = [writer.loose(base).text, writer.write(key).text]
    if base.way:
        arguments.append(literal(base.way.lstrip(".")))
    return Piece(writer.call("get_item", *arguments), may_miss=True)


def is_private(name: str) -> bool:
    """Whether a field or a path such as `a._b` leads into the inside of an object."""
    return any(part.strip().startswith("_") for part in name.split("."))


def field_piece(writer: Writer, base: Piece, name: str, token: Token) -> Piece:
    """A field of a value, read as its type allows, or by `get`."""
    if base.kind == "loop":
        return _loop_field(writer, base, name, token)
    fact = field_fact(writer, base.reference, name)
    writer.extend(base.reference, name, token)
    if fact is not None:
        return _fact(writer, fact, f"{base.way.lstrip('.')}_{name}")
    if base.shape is not None:
        name = base.shape.own(name)
    way = f"{base.way}.{name}"
    if base.shape is not None and name in base.shape.fields:
        text = _known_field(base, base.shape, name)
        shape = base.shape.fields[name]
        may_be_none = name in base.shape.optional
        is_any = name in base.shape.anything
        kind = shape.kind if shape is not None else "typed"
        if is_name(name) or keyword.iskeyword(name):
            return Piece(
                text,
                kind=kind,
                shape=shape,
                base=base.base,
                way=way,
                reference=base.reference,
                may_be_none=may_be_none,
                is_any=is_any,
            )
        # `get` cannot spell this way: what is read further on begins at the field.
        way = f".{python_name(name)}"
        return Piece(
            text,
            kind=kind,
            shape=shape,
            base=text,
            way=way,
            reference=base.reference,
            may_be_none=may_be_none,
            is_any=is_any,
        )
    source = base.base or writer.loose(base).text
    text = writer.call("get", source, literal(way))
    may_miss = base.may_miss
    return Piece(
        text,
        base=source,
        way=way,
        is_get=True,
        reference=base.reference,
        may_miss=may_miss,
    )


def _fact(writer: Writer, fact: Name, way: str) -> Piece:
    """A fact about a block, such as the winner of a race."""
    if fact.is_mapping:
        text = writer.call("get", fact.source, literal(f".{way}"))
        return Piece(text, base=fact.source, way=f".{way}", is_get=True)
    kind = fact.shape.kind if fact.shape is not None else ""
    return Piece(
        fact.source,
        kind=kind,
        shape=fact.shape,
        base=fact.source,
        way=way,
        may_be_none=fact.may_be_none,
    )


def _known_field(base: Piece, shape: Shape, name: str) -> str:
    """The Python that reads a field which is surely there."""
    owner = base.at(Level.ATOM)
    if shape.kind == "model":
        return f"{owner}.{name}"
    return f"{owner}[{literal(name)}]"


def known_path(base: Piece, shape: Shape | None, path: str) -> Piece | None:
    """A path of fields that are surely there, below a value of a shape."""
    found = base
    for name in path.split("."):
        own = name if shape is None else shape.own(name)
        if shape is None or own not in shape.fields or own in shape.optional:
            return None
        text = _known_field(found, shape, own)
        shape = shape.fields[own]
        kind = "typed" if shape is None else shape.kind
        found = Piece(text, kind=kind, shape=shape)
    return found


def _step(writer: Writer, base: nodes.Expr, name: str, token: Token) -> Piece:
    """A field whose name is written out, of a value or of a family of names."""
    if is_private(name):
        return _private(writer, name, token)
    is_root = isinstance(base, nodes.Name) and not writer.local(base)
    families = NAMESPACES - writer.plain
    if is_root and isinstance(base, nodes.Name) and base.name in families:
        return _namespaced(writer, base.name, name, token)
    fact = record_fact(writer, base, name, token)
    if fact is not None:
        return fact
    return field_piece(writer, writer.write(base), name, token)


def _namespaced(writer: Writer, family: str, name: str, token: Token) -> Piece:
    if family == "steps":
        return _root(writer, name, "step", token)
    if family == "env":
        writer.refer(name, "env", token)
        text = writer.call("read_env", literal(name))
        return Piece(text, kind="str", may_miss=True)
    if family == "state":
        return _root(writer, name, "state", token, state_of(name))
    if family == "loop":
        return round_field(writer, name, token)
    return _of_run(writer, name, token)


def _of_run(writer: Writer, name: str, token: Token) -> Piece:
    """What is known of the run: how it ended only at its end, which the checks see to."""
    if name not in RUN_FIELDS:
        place, known = (token.start, token.end), list(RUN_FIELDS)
        meant = nearest(name, known)
        return writer.fault(UnknownField.of("run", name, place, known, meant))
    reference = writer.refer("run", "run", token)
    run = writer.root("run")
    source = run.source if run else "run"
    if name == "id":
        return Piece(f"{source}.id", kind="str")
    writer.extend(reference, name, token)
    text = f"{source}.end.{name}"
    if name == "status":
        return Piece(text, kind="str")
    # What is read further on begins at the end of the run, so that errors say `run.error`.
    return Piece(
        text,
        base=f"{source}.end",
        way="run.error",
        reference=reference,
        may_be_none=True,
    )


def _root(
    writer: Writer, name: str, root: Root, token: Token, known_as: str = ""
) -> Piece:
    """A name that the expression does not bind; one that is known to be missing raises."""
    reference = writer.refer(name, root, token)
    known = writer.root(known_as or name)
    way = name.replace(".", "_")
    if known is None:
        if not writer.guarded:
            raise KeyError(name)
        empty = writer.call("get", "{}", literal(f".{way}"))
        return Piece(empty, base="{}", way=f".{way}", is_get=True, reference=reference)
    if known.is_mapping:
        text = writer.call("get", known.source, literal(f".{way}"))
        return Piece(
            text,
            base=known.source,
            way=f".{way}",
            is_get=True,
            reference=reference,
            may_be_none=known.may_be_none,
        )
    kind = known.shape.kind if known.shape is not None else ""
    writer.fallible |= known.is_fallible
    writer.awaits |= known.is_awaited
    level = Level.NAME if known.source.isidentifier() else Level.ATOM
    return Piece(
        known.reading,
        Level.AWAIT if known.is_awaited else level,
        kind=kind,
        shape=known.shape,
        base=known.reading,
        way=way,
        reference=reference,
        may_be_none=known.may_be_none,
        is_any=known.is_any,
    )


def _loop_field(writer: Writer, base: Piece, name: str, token: Token) -> Piece:
    if name not in LOOP_FIELDS:
        meant = nearest(name, LOOP_FIELDS)
        place = (token.start, token.end)
        return writer.fault(
            UnknownField.of("loop", name, place, list(LOOP_FIELDS), meant)
        )
    return Piece(f"{base.text}.{name}", kind=LOOP_FIELDS[name])


def _private(writer: Writer, name: str, token: Token) -> Piece:
    return writer.fault(PrivateAttribute.of(name, token.start, token.end))


def _is_step(key: object) -> bool:
    """Whether a subscript is one that `get` can read on its way."""
    if isinstance(key, str):
        return is_name(key)
    return isinstance(key, int) and not isinstance(key, bool)


def _slice(writer: Writer, base: Piece, node: nodes.Slice) -> Piece:
    value = base if base.kind in ("str", "list") else writer.loose(base)
    ends = [node.start, node.stop, node.step]
    written = [writer.write(end) if end is not None else None for end in ends]
    writer.fallible = True
    if value.kind in NUMBERS or value.text == "None":
        bounds = ", ".join(end.text if end else "None" for end in written)
        return Piece(
            writer.call("get_item", value.text, f"{outside('slice')}({bounds})")
        )
    texts = [end.at(Level.OR) if end else "" for end in written]
    is_simple = all(end is None or _is_plain(end) for end in written)
    shown = texts if texts[2] else texts[:2]
    text = (":" if is_simple else " : ").join(shown).strip()
    kind = value.kind if value.kind in ("str", "list") else ""
    bounds_are_constant = all(end is None or end.is_constant for end in written)
    return Piece(
        f"{value.at(Level.ATOM)}[{text}]",
        kind=kind,
        is_constant=value.is_constant and bounds_are_constant,
    )


def _is_plain(bound: Piece) -> bool:
    """Whether a bound is a name or a number, around which no spaces stand."""
    return bound.level == Level.NAME or (
        bound.level == Level.SIGN and bound.is_constant
    )


FORMS: Final[Mapping[type[nodes.Node], Form]] = {
    nodes.Name: name,
    nodes.Getattr: field,
    nodes.Getitem: item,
}
"""How names, fields and items are written."""
