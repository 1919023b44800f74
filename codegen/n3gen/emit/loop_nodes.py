"""The nodes of loops: what their templates write down."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Call, Node, Place
from n3gen.expressions import Code

__all__ = [
    "Append",
    "For",
    "PooledFor",
    "ReturnUntil",
    "Round",
    "Tolerated",
    "While",
]


@dataclass(frozen=True, slots=True)
class Append(Node):
    """The value of a round, kept in a list."""

    template = "flow/append.py.j2"

    items: str
    value: Code | Node


@dataclass(frozen=True, slots=True)
class Round:
    """What is said of a loop's rounds: its name and its steps, skipped if there is none."""

    name: str
    steps: tuple[str, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for`, one round after another; `variables` hold the item and what is read of `loop`."""

    template = "blocks/for.py.j2"

    outcome: str | None
    place: Place
    variables: tuple[str, ...]
    items: Code
    round: Round


@dataclass(frozen=True, slots=True)
class ReturnUntil(Node):
    """The value of a round, which is the last one where the condition holds."""

    template = "flow/return_until.py.j2"

    condition: Code
    place: Place | None
    value: Code


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


@dataclass(frozen=True, slots=True)
class While(Node):
    """`while`, with at most `most` rounds.

    `before` is the variable of what a round leaves for the next one, `kept` what is in
    it. The condition is asked as a round begins or, where `asks_after` is true, as it
    ends. `index` is the variable of the round's number, `exhausted` that of whether all
    rounds have run, each if it is read.
    """

    template = "blocks/while.py.j2"

    outcome: str | None
    place: Place | None
    condition: Code
    most: int
    round: Round
    value: Code | None
    before: str | None
    kept: Code | None
    asks_after: bool
    index: str | None
    exhausted: str | None
