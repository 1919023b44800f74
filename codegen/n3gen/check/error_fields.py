"""Fields of errors' records, read where a value is that is none."""

from __future__ import annotations

from collections.abc import Iterator, Set

from jinja2 import nodes

from n3gen.check.comparisons import never_alike
from n3gen.check.finders import chain_finder
from n3gen.check.rules.fact_rules import ErrorField
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import ERROR_FIELDS, ERROR_RECORD, has_field
from n3gen.semantics.guards import guarded_nodes, own_path
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.spec.model import TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_error_fields"]


@chain_finder
def check_error_fields(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields that only the record of an error has, and nothing asks whether it is one."""
    for chain in known.checked:
        types = known.types[chain.name]
        for _, text, asked in known.texts[chain.name].guarded:
            if not any(name in text.text.text for name in ERROR_FIELDS):
                continue
            reported = never_alike(text)
            for node, there in guarded_nodes(text.tree, asked):
                owner = _owner(node)
                path = path_of(node)
                if owner is None or id(node) in reported or not path:
                    continue
                own = own_path(owner)
                # Where a status was asked, it may be one that only an error has.
                is_asked = own in there or (*own, "status") in there
                if not is_asked and not types.is_fact(path):
                    yield from _fault(text, node, owner, types.recorded)


def _owner(node: nodes.Node) -> nodes.Node | None:
    """What a node reads a field of that the record of an error has."""
    match node:
        case nodes.Getattr(node=owner, attr=name) if name in ERROR_FIELDS:
            return owner
        case nodes.Getitem(node=owner, arg=nodes.Const(value=name)):
            return owner if name in ERROR_FIELDS else None
        case _:
            return None


def _fault(
    text: TypedText, node: nodes.Node, owner: nodes.Node, steps: Set[str]
) -> Iterator[Diagnostic]:
    found, name = text.typed(owner), own_path(node)[-1]
    if found is None or ERROR_RECORD not in found[1].args:
        return
    others = [one for one in found[1].args if one not in (ERROR_RECORD, _NONE)]
    value = TypeRef(name="union", args=tuple(others))
    if others and not has_field(value, name, text.types.records):
        path = own_path(owner)
        is_step = len(path) == 1 and path[0] in steps
        yield ErrorField.of(
            shown(found[0]),
            name,
            shown(spelled(value)),
            text.label(node),
            shown(path[0]) if is_step else None,
        )


_NONE = TypeRef(name="none")
