"""Names with a `-`, which an expression reads as one value minus another."""

from __future__ import annotations

import re
from typing import NamedTuple

from n3gen.expressions import Reference
from n3gen.names import python_name
from n3gen.semantics.reads import Text
from n3gen.semantics.tree import Tree
from n3gen.spec.model import Chain
from n3gen.spec.values import shown

__all__ = ["Dashed", "dashed_name"]

_DASHED = re.compile(
    r"(?P<path>(?:[^\W\d]\w*\.)*)(?P<name>[^\W\d]\w*(?:-[^\W\d]\w*)+)(?![\w(])"
)


class Dashed(NamedTuple):
    """A name with a `-` in a text: the parts that read as names, and what was meant."""

    parts: tuple[str, ...]
    whole: str
    start: int
    end: int
    way_out: str
    is_reported: bool

    @property
    def shown(self) -> str:
        return shown(self.whole)


def dashed_name(
    text: Text, reference: Reference, chain: Chain, tree: Tree
) -> Dashed | None:
    """What an unknown name is a part of, if it has a `-` beside it and no space.

    It `is_reported` where a declared payload says already that its field is unknown.
    """
    found = next(
        (
            one
            for one in _DASHED.finditer(text.text)
            if one.start() <= reference.start < one.end()
        ),
        None,
    )
    if found is None or reference.root != "name":
        return None
    whole, parts = found["name"], tuple(found["name"].split("-"))
    fields = [field.key for field in chain.input or ()]
    is_field = found["path"] in ("payload.", "input.")
    own = None if found["path"] else _read_as(whole, tree)
    if own is None and {reference.name, *parts} & {*fields, *tree.names}:
        return None  # a subtraction with a slip in one of its sides
    if own is not None:
        way_out = f"write `{own}`"
    elif found["path"]:
        way_out = f"write `{shown(found['path'][:-1])}['{shown(whole)}']`"
    else:
        way_out = (
            f"a name has no `-`: if it is part of the payload, write "
            f"`payload['{shown(whole)}']`"
        )
    is_reported = is_field and bool(fields) and parts[0] not in fields
    place = found.span() if found["path"] else found.span("name")
    return Dashed(parts, found[0], *place, way_out, is_reported)


def _read_as(whole: str, tree: Tree) -> str | None:
    """How an expression reads the step of a name with a `-`, if there is one."""
    if whole in tree.names:
        return f"steps['{shown(whole)}']"
    plain = python_name(whole)
    return plain if plain in tree.names else None
