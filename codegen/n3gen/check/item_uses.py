"""Items that a mapping does not have by number, and items that `unique` cannot compare."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.reading_words import of_type
from n3gen.check.rules.operation_rules import ImpossibleOperation
from n3gen.check.subjects import field_given, kinds_of
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import MAPPING, item_type
from n3gen.semantics.guards import DEFAULTS
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText
from n3gen.spec.values import shown

__all__ = ["check_item_uses"]


@chain_finder
def check_item_uses(known: Semantics) -> Iterator[Diagnostic]:
    """Find items that are read by number of mappings, and lists of what has no hash."""
    for chain in known.checked:
        for text in known.texts[chain.name]:
            if "[" in text.text.text:
                yield from _numbered(text)
            if "unique" in text.text.text:
                for node in text.all_of(nodes.Filter):
                    if isinstance(node, nodes.Filter) and node.name == "unique":
                        yield from _compounds(text, node)


def _numbered(text: TypedText) -> Iterator[Diagnostic]:
    """Find a number where the keys of a mapping are texts, unless a default stands behind."""
    filters = (n for n in text.all_of(nodes.Filter) if isinstance(n, nodes.Filter))
    defaulted = {id(one.node) for one in filters if one.name in DEFAULTS}
    for node in text.all_of(nodes.Getitem):
        match node:
            case nodes.Getitem(node=owner, arg=nodes.Const(value=int() as index)):
                found = None if id(node) in defaulted else text.typed(owner)
            case _:
                continue
        if found is None:
            continue
        path, type_ = shown(found[0]), found[1]
        has_texts = type_.name == "dict" and type_.args and type_.args[0].name == "str"
        if has_texts or type_.name == MAPPING:
            what = f"`{path}`, {of_type(type_)}"
            label = text.label(owner)
            values = f"({path}.values() | list)[{index}]"
            way_out = f"write a key, `{path}['...']`, or `{values}`"
            yield ImpossibleOperation.given(
                f"[{index}]", "a text or a list", what, label, way_out
            )


def _compounds(text: TypedText, node: nodes.Filter) -> Iterator[Diagnostic]:
    """Find a list whose items `unique` cannot compare, as they have no hash."""
    found = text.typed(node.node) if node.node is not None else None
    item = item_type(found[1]) if found is not None else None
    kinds = kinds_of(item, text.types.records) if item is not None else None
    is_whole = not node.args and not field_given(node)
    if node.node is None or found is None or not kinds or not is_whole:
        return
    if kinds <= {"list", "mapping", "record"}:
        path, label = shown(found[0]), text.label(node.node)
        way_out = f"name a field: `{path} | unique(attribute='...')`"
        what = f"`{path}`, {of_type(found[1])}"
        taken = "a list of texts, numbers or times"
        yield ImpossibleOperation.given("unique", taken, what, label, way_out)
