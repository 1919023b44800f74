"""The name that an unknown one of an expression was most likely meant to be."""

from __future__ import annotations

from collections.abc import Callable, Collection

from n3gen.diagnostics import Label, nearest
from n3gen.names import python_name
from n3gen.semantics.tree import Tree
from n3gen.semantics.walk import Places
from n3gen.spec.values import shown

__all__ = ["similar_name"]


def similar_name(
    name: str,
    others: Collection[str],
    tree: Tree,
    places: Places,
    can_read: Callable[[str], bool],
) -> tuple[str, Label | None] | None:
    """The step or one of the `others` that was most likely meant, and its place."""
    near = _near(name, others, tree, can_read)
    if near is None or near not in tree.names:
        return None if near is None else (near, None)
    entry = tree.names[near].entry
    label = places.name(entry.place, "this has a similar name")
    return shown(near if near.isidentifier() else f"steps[{near!r}]"), label


def _near(
    name: str, others: Collection[str], tree: Tree, can_read: Callable[[str], bool]
) -> str | None:
    """A step that cannot be read is not meant, unless it has the very name in Python."""
    quoted = {python_name(one): one for one in tree.names}
    if name in quoted:
        return quoted[name]
    known = {*tree.names, *quoted, *others}
    while (near := nearest(name, known | {name})) is not None:
        found = quoted.get(near, near)
        if found not in tree.names or can_read(found):
            return found
        known -= {near, found, python_name(found)}
    return None
