"""An app as Dify exports it: a graph of nodes, variables and features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from n3gen.diagnostics import Label
from n3gen.source import Loc
from n3gen.syntax.document import Document

__all__ = [
    "STARTS",
    "App",
    "Edge",
    "Node",
    "Variable",
    "entries_of",
    "mapping_of",
    "number_of",
    "whole_of",
]

STARTS: Final = frozenset(
    ("start", "trigger-webhook", "trigger-schedule", "trigger-plugin", "datasource")
)
"""The types of nodes that a run begins with."""


def mapping_of(found: Any) -> dict[str, Any]:
    """A value where it is a mapping; else an empty one."""
    return found if isinstance(found, dict) else {}


def entries_of(found: Any) -> list[Any]:
    """A value where it is a list; else an empty one."""
    return found if isinstance(found, list) else []


def number_of(found: Any) -> int | float | None:
    """A value where it is a finite number, or a text of one; else none."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        number = float(found)
    except (ValueError, OverflowError):
        return None
    if not isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def whole_of(found: Any, least: int, default: int) -> int:
    """A whole number of at least so much; another one in place of anything else."""
    number = number_of(found)
    return int(number) if number is not None and number >= least else default


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `parent` is the iteration or the loop that it is in, if any."""

    id: str
    loc: Loc
    data: dict[str, Any]
    parent: str = ""

    @property
    def type(self) -> str:
        return str(self.data.get("type") or "")

    @property
    def title(self) -> str:
        return self.text("title") or self.type

    def text(self, key: str) -> str:
        """A key whose value is a text; empty without one."""
        found = self.data.get(key)
        return found if isinstance(found, str) else ""

    def mapping(self, key: str) -> dict[str, Any]:
        """A key whose value is a mapping; empty without one."""
        return mapping_of(self.data.get(key))

    def entries(self, key: str) -> list[Any]:
        """A key whose value is a list; empty without one."""
        return entries_of(self.data.get(key))

    def mappings(self, key: str) -> list[dict[str, Any]]:
        """The mappings in a list."""
        return [one for one in self.entries(key) if isinstance(one, dict)]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge: `handle` is the way out of its source that it begins at."""

    source: str
    target: str
    handle: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment or of the conversation."""

    name: str
    type: str
    value: Any
    loc: Loc


@dataclass(frozen=True, slots=True)
class App:
    """An app whose workflow Dify would run."""

    document: Document
    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    environment: dict[str, Variable] = field(default_factory=dict)
    conversation: dict[str, Variable] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def about(self) -> dict[str, Any]:
        """What the export says of the app: its name, mode and description."""
        return mapping_of(self.document.data.get("app"))

    @property
    def is_chat(self) -> bool:
        return self.about.get("mode") == "advanced-chat"

    @property
    def features(self) -> dict[str, Any]:
        workflow = mapping_of(self.document.data.get("workflow"))
        return mapping_of(workflow.get("features"))

    def label(self, node: Node, *path: str | int) -> Label:
        """A key of a node where it has it, else its title."""
        loc = (*node.loc, "data", *path)
        if path and loc in self.document.values:
            return self.document.label(loc)
        title = (*node.loc, "data", "title")
        if title in self.document.values:
            return self.document.label(title)
        return self.document.label((*node.loc, "id"))

    def line(self, node: Node) -> int:
        """The line with the title of a node."""
        title = (*node.loc, "data", "title")
        at = title if title in self.document.values else (*node.loc, "id")
        return self.document.line(at)

    def inside(self, parent: str) -> Iterator[Node]:
        """Yield the nodes of an iteration or a loop, or those outside of any."""
        for node in self.nodes.values():
            if node.parent == parent:
                yield node

    def starts(self) -> list[Node]:
        """The nodes that a run begins with."""
        return [node for node in self.inside("") if node.type in STARTS]
