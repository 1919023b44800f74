"""The nodes of bodies with clauses, and of what goes on after an error."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Call, Node
from n3gen.expressions import Code

__all__ = ["Finally", "Guarded", "Kept", "OnError", "OrError", "Stoppable"]


@dataclass(frozen=True, slots=True)
class OnError(Node):
    """What runs where a body has failed with one of `kinds`; none are all.

    `variable` is that of the error's record, if it is read; `failure` the variable
    of the error itself, where a clause around has one.
    """

    template = "blocks/on_error.py.j2"

    kinds: tuple[Code, ...]
    failure: str | None
    variable: str | None
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Finally(Node):
    """The call of the function that runs last."""

    template = "blocks/finally.py.j2"

    function: str
    arguments: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A variable that has a value even where what binds it has not run."""

    variable: str
    value: Code
    annotation: Code | None


@dataclass(frozen=True, slots=True)
class Guarded(Node):
    """A body with what runs where it fails, and what runs last.

    `kept` are the variables of the body that are read where it may not have run.
    `notes_end` says that the run notes how it ends, `returns` that each clause returns.
    `failure` is the variable of the error, where a clause around has one.
    """

    template = "flow/guarded.py.j2"

    kept: tuple[Kept, ...]
    body: tuple[Node, ...]
    clauses: tuple[Node, ...]
    last: Node | None
    notes_end: bool = False
    returns: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class OrError(Node):
    """The call of a step whose error's record is its value where it fails.

    One that is `for_joins` reports to the joins that this is no success.
    """

    template = "flow/or_error.py.j2"

    call: Call
    for_joins: bool = False


@dataclass(frozen=True, slots=True)
class Stoppable(Node):
    """The body of a chain that a step may end with a value."""

    template = "flow/stoppable.py.j2"

    body: tuple[Node, ...]
