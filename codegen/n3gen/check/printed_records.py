"""Records of declared types that texts print as Python shows them."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.optional_values import used_in, whole_uses
from n3gen.check.rules.printed_rules import PrintsRecord
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText
from n3gen.spec.model import TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_printed_records"]


@chain_finder
def check_printed_records(known: Semantics) -> Iterator[Diagnostic]:
    """Find records, alone or in lists and mappings, that become part of a text."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        for text in known.texts[chain.name]:
            yield from _printed(text)


def _printed(text: TypedText) -> Iterator[Diagnostic]:
    seen: set[int] = set()
    uses = [*whole_uses(text)]
    uses += [use for node in text.all_of(nodes.Node) for use in used_in(node)]
    for sign, node in uses:
        found = text.typed(node)
        if sign or found is None or id(node) in seen:
            continue
        seen.add(id(node))
        if _has_record(found[1], text):
            type_ = shown(spelled(found[1]))
            yield PrintsRecord.of(shown(found[0]), type_, text.label(node))


def _has_record(type_: TypeRef, text: TypedText) -> bool:
    if type_.name in text.types.records:
        return True
    inner = type_.args if type_.name in ("dict", "list") else ()
    return any(_has_record(one, text) for one in inner)
