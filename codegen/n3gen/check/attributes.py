"""Fields that filters and `get` are given as texts, such as `map(attribute='name')`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.diagnostics import Diagnostic
from n3gen.diagnostics.suggest import nearest_field
from n3gen.expressions.rules import UnknownField
from n3gen.semantics.field_types import (
    MAPPING,
    field_aliases,
    field_names,
    field_type,
    has_field,
    item_type,
)
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import path_of
from n3gen.semantics.typed_texts import TypedText
from n3gen.spec.model import InputField
from n3gen.spec.values import shown

__all__ = ["check_attributes"]

_FIRST: Final = ("selectattr", "rejectattr", "groupby", "sum")
"""Filters whose first argument is a field of each item."""

_NAMED: Final = ("map", "sort", "unique", "min", "max", "join", "groupby", "sum")
"""Filters that take one as `attribute`."""

_PAYLOAD: Final = (("payload",), ("input",))


@chain_finder
def check_attributes(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields, given as texts, that what they are read of does not have."""
    for chain in known.checked:
        is_whole = chain.name not in known.spec.rejected
        fields = {one.key: one for one in (is_whole and chain.input) or ()}
        for text in known.texts[chain.name]:
            if "(" in text.text.text:
                for node in text.all_of(nodes.Filter, nodes.Call):
                    if isinstance(node, nodes.Filter):
                        yield from _attribute(text, node)
                    elif isinstance(node, nodes.Call):
                        yield from _got(text, node, fields)


def _attribute(text: TypedText, node: nodes.Filter) -> Iterator[Diagnostic]:
    """Find a field that the items of a list do not have."""
    named = [pair.value for pair in node.kwargs if pair.key == "attribute"]
    given = named if node.name in _NAMED else []
    if node.name in _FIRST and node.args:
        given = [node.args[0]]
    found = text.typed(node.node) if given and node.node is not None else None
    if found is None or not isinstance(given[0], nodes.Const):
        return
    owner = item_type(found[1]) if found[1].name == "list" else None
    way, records = f"an item of `{shown(found[0])}`", text.types.records
    for name in str(given[0].value).split("."):
        if owner is None or name.isdecimal():
            return
        if not has_field(owner, name, records):
            known = field_names(owner, records)
            if known is not None:
                aliases = field_aliases(owner, records)
                yield _unknown(text, way, name, given[0], known, aliases)
            return
        owner, way = field_type(owner, name, records), f"`{shown(name)}`"


def _got(
    text: TypedText, node: nodes.Call, fields: Mapping[str, InputField]
) -> Iterator[Diagnostic]:
    """Find a `get` of a key that a mapping whose keys are known does not have."""
    match node:
        case nodes.Call(
            node=nodes.Getattr(node=owner, attr="get"),
            args=[nodes.Const(value=str() as key), *_],
        ):
            pass
        case _:
            return
    name = path_of(owner)
    if name in _PAYLOAD and not text.bound & {*name}:
        if fields and key not in fields:
            yield _unknown(text, f"`{name[0]}`", key, node.args[0], [*fields], {})
        return
    found = text.typed(owner)
    if found is not None and found[1].name == MAPPING:
        known = field_names(found[1], text.types.records) or []
        if key not in known:
            yield _unknown(text, f"`{shown(found[0])}`", key, node.args[0], known, {})


def _unknown(
    text: TypedText,
    owner: str,
    name: str,
    node: nodes.Node,
    known: list[str],
    aliases: Mapping[str, str],
) -> Diagnostic:
    return UnknownField.diagnose(
        f"{owner} has no field `{shown(name)}`",
        text.token_label(node.lineno),
        help=f"it has {', '.join(f'`{shown(one)}`' for one in known)}",
        meant=nearest_field(name, known, aliases),
    )
