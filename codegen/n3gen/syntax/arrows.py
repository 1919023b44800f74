"""Orders of steps as pictures and other tools write them: `a -> b`, `[a, b] >> c`."""

from __future__ import annotations

import re

__all__ = ["NO_ARROWS", "order_drawn"]

NO_ARROWS = "an order of steps is not written with an arrow"

_ARROW = re.compile(r"\s*(?:-+>|=+>|>>|\u2192|\u21d2)\s*")
_NAMES = re.compile(r"[\[(]?\s*(\w[\w-]*(?:\s*,\s*\w[\w-]*)*)\s*[\])]?")
_STEP = re.compile(r"\bstep\s+(?=\w)")


def order_drawn(text: str) -> str | None:
    """How the order that arrows draw is written, or none where `text` draws none."""
    parts = [_NAMES.fullmatch(part) for part in _ARROW.split(_STEP.sub("", text))]
    names = [re.split(r"\s*,\s*", part[1]) for part in parts if part is not None]
    if len(names) < 2 or len(names) < len(parts):
        return None
    first, then = ", ".join(names[0]), names[1][0]
    rest = ", and so on" if len(names) > 2 or len(names[1]) > 1 else ""
    return f"write `depends_on: [{first}]` in the step `{then}`{rest}"
