"""How many rounds loops have, as far as that is known before a run."""

from __future__ import annotations

import re
from typing import Final

from jinja2 import nodes

from n3gen.expressions import parse_expression
from n3gen.plan.model import Plan
from n3gen.spec.model import For, If, Match

__all__ = ["LoopFactor", "known_items", "loop_sizes"]

LoopFactor = tuple[int | tuple[str, ...], int]
"""Items, their number or where they are in the payload, and how many a round takes."""

_PAYLOAD: Final = re.compile(r"\s*(?:payload|input)((?:\.[A-Za-z_]\w*)+)\s*")
_RANGE: Final = re.compile(r"\s*range\(\s*(\d{1,9})\s*\)\s*")


def loop_sizes(
    plan: Plan, around: str = "", outer: tuple[LoopFactor, ...] = ()
) -> dict[str, tuple[LoopFactor, ...]]:
    """Return the sizes of loops whose items are in the payload, or a range.

    That of a loop is a product: it has the rounds of all times that those `around` it
    run it, where no condition keeps them from that.
    """
    found: dict[str, tuple[LoopFactor, ...]] = {}
    for node in plan.nodes:
        inside, factors = around, outer
        if isinstance(node.entry, For):
            items = _items(node.entry.items)
            if items is None:
                continue
            factors = (*outer, (items, node.entry.batch or 1))
            found[f"{around}{node.name}"] = factors
            inside = f"{around}{node.name}."
        elif around and isinstance(node.entry, If | Match):
            continue
        for body in node.bodies:
            found |= loop_sizes(body, inside, factors)
    return found


def known_items(text: str) -> int | None:
    """How many items an expression gives, where it lists or counts them itself."""
    if counted := _RANGE.fullmatch(text):
        return int(counted[1])
    tree = parse_expression(text).tree if text.lstrip().startswith("[") else None
    return len(tree.items) if isinstance(tree, nodes.List) else None


def _items(text: str) -> int | tuple[str, ...] | None:
    """How many items an expression gives, or where in the payload they are."""
    if (known := known_items(text)) is not None:
        return known
    if (named := _PAYLOAD.fullmatch(text)) is None:
        return None
    return tuple(named[1].split(".")[1:])
