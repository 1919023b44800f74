"""The nodes of tasks: what runs beside the rest of a body, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Node, Scope
from n3gen.expressions import Code

__all__ = [
    "AwaitJoin",
    "AwaitTask",
    "Background",
    "Join",
    "NoteBegin",
    "StartTask",
    "WithActors",
]


@dataclass(frozen=True, slots=True)
class Join(Node):
    """A step that waits until `count` of its members have succeeded."""

    template = "flow/join.py.j2"

    variable: str
    step: str
    count: int
    members: int
    line: int


@dataclass(frozen=True, slots=True)
class Background(Scope):
    """A body with tasks that run beside it, and end with it."""

    opening = "flow/background.opening.j2"

    scope: Code
    variable: str
    joins: tuple[Join, ...]
    body: tuple[Node, ...]

    @property
    def statements(self) -> tuple[Node, ...]:
        return (*self.joins, *self.body)


@dataclass(frozen=True, slots=True)
class StartTask(Node):
    """The start of a task in a body, `background`, for some joins, or of one planned.

    One that is `in_background` runs beside the rest whatever the settings say. One
    `in_group` starts as a member of a group.
    """

    template = "flow/start_task.py.j2"

    background: str
    function: str
    arguments: tuple[Code, ...]
    joins: tuple[str, ...]
    in_background: bool
    in_group: bool


@dataclass(frozen=True, slots=True)
class AwaitTask(Node):
    """The wait for a task, whose value may be bound to a variable.

    Where only its `end` is waited for, it may have failed.
    """

    template = "flow/await_task.py.j2"

    variable: str | None
    task: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class AwaitJoin(Node):
    """The wait until enough members of a join have succeeded; some `ended` before it."""

    template = "flow/await_join.py.j2"

    join: str
    ended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteBegin(Node):
    """What a member of a group says once it has waited for what it needs."""

    template = "flow/note_begin.py.j2"


@dataclass(frozen=True, slots=True)
class WithActors(Scope):
    """The body of a chain with actors that end with its run."""

    opening = "flow/with_actors.opening.j2"

    body: tuple[Node, ...]

    @property
    def statements(self) -> tuple[Node, ...]:
        return self.body
