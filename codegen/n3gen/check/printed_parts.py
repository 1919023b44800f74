"""What a text prints of choices and lists: branches, other operands, single items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from jinja2 import nodes

from n3gen.semantics.guards import Paths, nodes_asked, own_path
from n3gen.semantics.typed_texts import TypedText

__all__ = ["item_owner", "printed_parts"]

_ENDS = ("first", "last")


def printed_parts(
    text: TypedText,
    asked: Paths,
    printed: Callable[[nodes.Node], Iterable[nodes.Node]],
) -> Iterator[tuple[nodes.Node, Paths]]:
    """Yield what a text may print of values, where nothing asks whether it is there.

    `printed` are the values that a node prints. With each part come the paths that the
    text asks for before it.
    """
    chosen: set[int] = set()
    for node in text.all_of(nodes.Node):
        for value in printed(node):
            parts = [*_parts_of(value)]
            is_item = item_owner(value) is not None
            if parts != [value] or is_item or _is_none(value):
                chosen |= {id(part) for part in parts}
    if not chosen:
        return
    for node, there, local in nodes_asked(text, asked):
        if id(node) not in chosen or text.reads_fact(node):
            continue
        owner = item_owner(node)
        path = own_path(node if owner is None else owner)
        if _is_none(node) or (path and path not in there):
            yield node, local


def item_owner(node: nodes.Node) -> nodes.Node | None:
    """Return the list of which a node reads one item."""
    match node:
        case nodes.Getitem(node=owner, arg=nodes.Const(value=int())):
            return owner
        case nodes.Filter(name=name, node=nodes.Node() as owner) if name in _ENDS:
            return owner
        case _:
            return None


def _is_none(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def _parts_of(value: nodes.Node) -> Iterator[nodes.Node]:
    """The values that a choice, an `or` or an `and` comes to."""
    match value:
        case nodes.CondExpr(expr1=one, expr2=nodes.Node() as other):
            yield from _parts_of(one)
            yield from _parts_of(other)
        case nodes.Or(right=other):
            yield from _parts_of(other)
        case nodes.And(left=one, right=other):
            yield from _parts_of(one)
            yield from _parts_of(other)
        case _:
            yield value
