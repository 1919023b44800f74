"""The nodes of loops whose rounds a pool of workers runs."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Call, Node
from n3gen.expressions import Code

__all__ = ["PooledFor", "Tolerated"]


@dataclass(frozen=True, slots=True)
class Tolerated:
    """How many rounds may fail, and the variable that counts them.

    A percentage may be one `of` the items.
    """

    variable: str
    most: Code
    is_percent: bool
    of: Code | None


@dataclass(frozen=True, slots=True)
class PooledFor(Node):
    """`for` whose rounds a pool of workers runs.

    `pool` is its class and `workers` their number; `key` names a round. Where
    `keeps_errors` is true, the error record of a failed round is its value.
    """

    template = "blocks/pooled_for.py.j2"

    outcome: str | None
    line: int
    pool: Code
    name: str
    steps: tuple[str, ...]
    workers: Code
    variable: str
    items: Code
    key: Code | None
    call: Call
    keeps_errors: bool
    tolerated: Tolerated | None
