"""The nodes of pipelines: stages that run once, and lines of those that run at once."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Node, Scope
from n3gen.emit.step_nodes import Work
from n3gen.expressions import Code

__all__ = ["AddStage", "CallStage", "LineResults", "OpenLine", "Staged"]


@dataclass(frozen=True, slots=True)
class Staged(Scope):
    """A stage of a pipeline, which runs once: the statements of its step."""

    opening = "blocks/stage.opening.j2"

    name: str
    body: tuple[Node, ...]

    @property
    def statements(self) -> tuple[Node, ...]:
        return self.body


@dataclass(frozen=True, slots=True)
class OpenLine(Node):
    """The line of the stages that follow, which run at the same time."""

    template = "blocks/line.py.j2"


@dataclass(frozen=True, slots=True)
class AddStage(Node):
    """A stage that is added to a line: a call with each item, or the first one's.

    `variable` is that of the item, or that of the channel where the call passes on items
    itself, each checked against `item_type`. `parts` say how many items it works on at
    once, and how many may wait.
    """

    template = "blocks/line_stage.py.j2"

    name: str
    is_source: bool
    variable: str
    function: str
    arguments: tuple[Code, ...]
    parts: tuple[Code, ...]
    item_type: Code | None


@dataclass(frozen=True, slots=True)
class LineResults(Node):
    """The values of the last stage of a line, once all of its stages have ended."""

    template = "blocks/line_results.py.j2"


@dataclass(frozen=True, slots=True)
class CallStage(Work):
    """The run of the body of a stage, which `function` is."""

    template = "steps/stage.py.j2"
    may_fail_anyhow = True

    function: str
    arguments: tuple[Code, ...]
