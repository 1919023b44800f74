"""The nodes of a chain's flow: what its templates write down.

A node says what there is; how it looks is in the template that it names. Its leaves
are Python expressions (`Code`), variables and texts that the template escapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from n3gen.expressions import Code

__all__ = [
    "Append",
    "Bind",
    "BlockFunction",
    "Call",
    "ComputedValue",
    "Declare",
    "Group",
    "InlineValue",
    "Member",
    "Node",
    "Place",
    "PlannedTask",
    "Return",
    "Scope",
]


@dataclass(frozen=True, slots=True)
class Node:
    """Something that a template of its own writes."""

    template: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Scope(Node):
    """Statements in a context manager, which a template of its own opens.

    A scope that is all there is in another one opens beside it, in one `async with`.
    """

    template = "flow/scope.py.j2"
    opening: ClassVar[str]

    @property
    def statements(self) -> tuple[Node, ...]:
        """What is inside of it."""
        raise NotImplementedError

    @property
    def nested(self) -> tuple[Scope, ...]:
        """The scope and those that open beside it, the outermost first."""
        match self.statements:
            case (Scope() as inner,) if inner.is_bare:
                return (self, *inner.nested)
        return (self,)

    @property
    def is_bare(self) -> bool:
        """Whether nothing stands before or behind it."""
        return True


@dataclass(frozen=True, slots=True)
class Place:
    """The field of the spec that an expression is in, and its line."""

    field: str
    line: int


@dataclass(frozen=True, slots=True)
class Bind(Node):
    """A value that is bound to a variable, if it is read later.

    With a place, data may make it fail there.
    """

    template = "flow/bind.py.j2"

    variable: str | None
    value: Code | Node
    place: Place | None = None
    annotation: Code | None = None


@dataclass(frozen=True, slots=True)
class Declare(Node):
    """A variable that is bound on every way behind it, each time to what may differ in type."""

    template = "flow/declare.py.j2"

    variable: str
    annotation: Code


@dataclass(frozen=True, slots=True)
class Call(Node):
    """The call of a function of the chain, which is awaited."""

    template = "flow/call.py.j2"

    function: str
    arguments: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Return(Node):
    """The value that a function returns."""

    template = "flow/return.py.j2"

    value: Code | Node
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Append(Node):
    """The value of a round, kept in a list."""

    template = "flow/append.py.j2"

    items: str
    value: Code | Node


@dataclass(frozen=True, slots=True)
class InlineValue(Node):
    """A `value` step where its value is used; nothing can make it fail."""

    template = "flow/value.py.j2"

    step: str
    line: int
    value: Code


@dataclass(frozen=True, slots=True)
class ComputedValue(Node):
    """A `value` step in the flow, which data may make fail; `ending` uses its value."""

    template = "flow/computed.py.j2"

    step: str
    line: int
    ending: Node


@dataclass(frozen=True, slots=True)
class Member(Node):
    """A call in a group; `after` are the variables of the members that it waits for.

    Where `reads_results` is true its arguments are there only once these have ended.
    Where `keeps_errors` is true the record of its error becomes its value. It runs
    whatever became of those in `ended`. With a `start` it starts a task, which
    may not be reached where it is `optional`. One that `waits` says itself when it begins.
    """

    template = "flow/member.py.j2"

    variable: str | None
    function: str
    arguments: tuple[Code, ...]
    after: tuple[str, ...]
    reads_results: bool
    keeps_errors: bool
    ended: tuple[str, ...] = ()
    start: Node | None = None
    optional: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task of a body, `background`, that joins may read before it begins."""

    variable: str
    background: str
    joins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group(Scope):
    """Steps that run together, in a scope of an `owner` that says how; or all `in_order`.

    The `planned` tasks are there before any of it runs.
    """

    template = "flow/group.py.j2"
    opening = "flow/group.opening.j2"

    scope: Code
    members: tuple[Member, ...]
    in_order: bool = False
    owner: str = "run"
    planned: tuple[PlannedTask, ...] = ()

    @property
    def statements(self) -> tuple[Node, ...]:
        return self.members

    @property
    def is_bare(self) -> bool:
        return not self.planned


@dataclass(frozen=True, slots=True)
class BlockFunction(Node):
    """A part of a flow that has a function of its own."""

    template = "flow/function.py.j2"

    function: str
    parameters: tuple[Code, ...]
    returns: Code
    doc: str
    body: tuple[Node, ...]
