"""Names that are texts without their quotes: choices of a type, keys of a mapping."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions import Parsed, Reference
from n3gen.semantics.field_types import choices_of
from n3gen.semantics.value_types import ValueTypes

__all__ = ["meant_text"]


def meant_text(read: Parsed, reference: Reference, types: ValueTypes) -> str | None:
    """The text that an unknown name was meant as, by what it is compared with.

    A name that is a key of a mapping in braces is that text.
    """
    if read.tree is None or reference.root != "name" or reference.path:
        return None
    kinds = (nodes.Compare, nodes.Pair)
    own = [read.tree] if isinstance(read.tree, kinds) else []
    for node in (*own, *read.tree.find_all(kinds)):
        if isinstance(node, nodes.Pair):
            if _is_it(read, reference, node.key):
                return reference.name
            continue
        for one, other in _sides(node):
            if _is_it(read, reference, one):
                found = types.of_node(other)
                every = choices_of(found[1]) if found is not None else ()
                choices = [one for one in every if isinstance(one, str)]
                is_one = reference.name in choices
                return reference.name if is_one else nearest(reference.name, choices)
    return None


def _is_it(read: Parsed, reference: Reference, node: nodes.Node) -> bool:
    is_name = isinstance(node, nodes.Name) and node.name == reference.name
    return is_name and read.tokens[node.lineno].start == reference.start


def _sides(comparison: nodes.Compare) -> Iterator[tuple[nodes.Expr, nodes.Expr]]:
    """Each value of a comparison with the one that it is compared with."""
    left = comparison.expr
    for operand in comparison.ops:
        right = operand.expr
        for one in (
            right.items if isinstance(right, nodes.List | nodes.Tuple) else [right]
        ):
            yield left, one
            yield one, left
        left = right
