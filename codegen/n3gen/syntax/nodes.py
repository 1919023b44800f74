"""The nodes that either reader finds, and the Document that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from n3gen.diagnostics import Label, Problems
from n3gen.source import Loc, SourceFile, Span
from n3gen.syntax.document import Document, TextMap
from n3gen.syntax.rules import DuplicateKey, TooDeep
from n3gen.syntax.scalars import Plain

__all__ = [
    "MAX_DEPTH",
    "MAX_PROBLEMS",
    "MAX_VALUES",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "build",
]

MAX_DEPTH = 100
"""Levels of lists and mappings within each other that a document may have."""

MAX_VALUES = 100_000
"""Values that a document may have, with every alias written out."""


MAX_PROBLEMS = 200
"""The most faults of one file that are reported: a file with more is no spec."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text, number, bool or null; `text` only where it is a text."""

    value: Plain
    span: Span
    text: TextMap | None = None


@dataclass(slots=True)
class Sequence:
    """A list; each item with the span that a message about the item itself shows."""

    span: Span
    items: list[tuple[Span, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """A mapping; each value with the span of its key."""

    span: Span
    entries: dict[str, tuple[Span, Node]] = field(default_factory=dict)

    def put(
        self, key: str, span: Span, node: Node, file: SourceFile, problems: Problems
    ) -> None:
        """Add an entry; report a key that is there already, and keep the first."""
        known = self.entries.get(key)
        if known is None:
            self.entries[key] = (span, node)
        elif len(problems) < MAX_PROBLEMS:
            problems.add(DuplicateKey.at(key, Label(file, span), Label(file, known[0])))


Node = Scalar | Sequence | Mapping


def build(file: SourceFile, root: Mapping, problems: Problems) -> Document:
    """The document of a canonical root; what is nested too deep is reported and left out."""
    builder = _Builder(file, problems)
    data = builder.value(root, ())
    return Document(file, data, builder.values, builder.keys, builder.texts)


@dataclass(slots=True)
class _Builder:
    file: SourceFile
    problems: Problems
    values: dict[Loc, Span] = field(default_factory=dict)
    keys: dict[Loc, Span] = field(default_factory=dict)
    texts: dict[Loc, TextMap] = field(default_factory=dict)

    def value(self, node: Node, loc: Loc) -> Any:
        self.values[loc] = node.span
        if isinstance(node, Scalar):
            if node.text is not None:
                self.texts[loc] = node.text
            return node.value
        if len(loc) >= MAX_DEPTH:
            # A text that has lost a part which was too deep has been reported already.
            if not any(problem.rule is TooDeep for problem in self.problems):
                self.problems.add(TooDeep.at(Label(self.file, node.span), MAX_DEPTH))
            return None
        if isinstance(node, Mapping):
            return {
                key: self.child(entry, (*loc, key))
                for key, entry in node.entries.items()
            }
        return [self.child(item, (*loc, i)) for i, item in enumerate(node.items)]

    def child(self, entry: tuple[Span, Node], loc: Loc) -> Any:
        self.keys[loc] = entry[0]
        return self.value(entry[1], loc)
