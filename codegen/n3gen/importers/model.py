"""What an import reads, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from n3gen.diagnostics import Problems
from n3gen.importers.braces import keep_braces
from n3gen.source import SourceFile
from n3gen.syntax.ai_comments import print_commented

__all__ = ["Became", "Draft", "Imported", "Lookup", "noting"]

Lookup = Callable[[str], SourceFile | None]
"""Gives the text of a file by its path in the folder of a flow, or `None` without one."""


def noting(lookup: Lookup, found: list[SourceFile]) -> Lookup:
    """A lookup that adds the files that it has found to a list."""

    def look(path: str) -> SourceFile | None:
        source = lookup(path)
        if source is not None and source not in found:
            found.append(source)
        return source

    return look


@dataclass(frozen=True, slots=True)
class Became:
    """A node of a flow, the line that it begins on, and what it has become."""

    name: str
    kind: str
    line: int
    what: str


@dataclass(slots=True)
class Draft:
    """A spec in the making: the canonical data, and comments above its blocks."""

    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    files: list[tuple[str, str]] = field(default_factory=list)
    """Files of code that stood in the flow: paths beside the spec, and texts."""

    def remark(self, place: tuple[str, ...], *lines: str) -> None:
        """Add lines to the comment above the block at `place`."""
        self.comments.setdefault(place, []).extend(lines)

    def define(self, section: str, name: str, value: dict[str, Any]) -> None:
        """Add a definition to a section, unless it has one of that name."""
        self.data.setdefault(section, {}).setdefault(name, value)

    def text(self) -> str:
        """The text of the spec."""
        order = ("types", "connections", "states", "connectors", "chains", "tests")
        for chain in self.data.get("chains", {}).values():
            keep_braces(chain)
        data = {key: self.data[key] for key in order if self.data.get(key)}
        return print_commented(data, self.comments)


@dataclass(frozen=True, slots=True)
class Imported:
    """A flow as a spec: no `text` where the flow is faulty."""

    source: SourceFile
    chain: str
    text: str | None
    problems: Problems
    nodes: tuple[Became, ...] = ()
    modules: tuple[str, ...] = ()
    """The modules of the user's own code that the chain calls."""
    files: tuple[tuple[str, str], ...] = ()
    """Files of code that stood in the flow: paths beside the spec, and texts."""
