"""What expressions read beside values: the records of steps, the rounds of loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions.literals import literal
from n3gen.expressions.model import STEP_FACTS, Name, Token
from n3gen.expressions.rules import UnknownField
from n3gen.expressions.writer import Level, Piece, Writer
from n3gen.names import LAST_ROUND, fact_of, python_name, record_of

__all__ = ["ROUND_FIELDS", "field_fact", "record_fact", "round_field"]

ROUND_FIELDS: Final[Mapping[str, str]] = {
    "index": "int",
    "index0": "int",
    "first": "bool",
    "last": "bool",
}
"""What `loop` has in a round of a `for` or a `while`, and of which type."""


def record_fact(
    writer: Writer, base: nodes.Expr, name: str, token: Token
) -> Piece | None:
    """A fact of the record of a step, `steps.NAME.status`; `None` for anything else."""
    step = _step_named(writer, base)
    if step is None or name not in STEP_FACTS:
        return None
    owner, place = step
    reference = writer.refer(owner, "step", place)
    writer.extend(reference, name, token)
    variable = python_name(record_of(owner))
    known: Name | None = Name(variable)
    if writer.names is not None:
        known = writer.root(record_of(owner))
    if known is None:
        raise KeyError(owner)
    if known.is_mapping:
        way = f".{variable}.{name}"
        text = writer.call("get", known.source, literal(way))
        return Piece(text, base=known.source, way=way, is_get=True, reference=reference)
    text = f"{known.source}.{name}"
    # There is no error where the step is well, as there is no value where it is skipped.
    is_error = name == "error"
    kind = "" if is_error else STEP_FACTS[name].kind
    return Piece(
        text,
        kind=kind,
        base=text,
        way=name,
        reference=reference,
        may_be_none=is_error,
    )


def _step_named(writer: Writer, node: nodes.Expr) -> tuple[str, Token] | None:
    """The step that `steps.NAME` or `steps["NAME"]` means, and the token of its name."""
    match node:
        case nodes.Getattr(node=nodes.Name(name="steps") as family, attr=name):
            token = writer.token(node, 1)
        case nodes.Getitem(
            node=nodes.Name(name="steps") as family, arg=nodes.Const(value=str(name))
        ):
            token = writer.token(node.arg)
        case _:
            return None
    return None if writer.local(family) else (name, token)


def field_fact(writer: Writer, reference: int | None, field: str) -> Name | None:
    """What is known of a block under a field of its name, beside its value."""
    if reference is None or writer.names is None:
        return None
    base = writer.references[reference]
    return None if base.path else writer.root(fact_of(base.name, field))


def round_field(writer: Writer, name: str, token: Token) -> Piece:
    """A field of `loop`: where the round of a `for` or a `while` stands among the others."""
    if name not in ROUND_FIELDS:
        place = (token.start, token.end)
        meant = nearest(name, ROUND_FIELDS)
        return writer.fault(
            UnknownField.of("loop", name, place, list(ROUND_FIELDS), meant)
        )
    reference = writer.refer("loop", "loop", token)
    writer.extend(reference, name, token)
    known = writer.root(LAST_ROUND if name == "last" else "loop")
    index = known.source if known is not None else "loop"
    if name == "index":
        return Piece(f"{index} + 1", Level.SUM, "int")
    if name == "first":
        return Piece(f"{index} == 0", Level.COMPARE, "bool")
    return Piece(index, Level.ATOM, ROUND_FIELDS[name])
