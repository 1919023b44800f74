"""The tree of an app of namel3ss, as far as chains can say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from n3gen.source import SourceFile

__all__ = ["App", "Declared", "Expr", "Statement"]


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression.

    `kind` is `literal`, `name`, `state`, `get`, `index`, an operator, `list`, `map`,
    `call` (of a function of namel3ss), `each` (`map`, `filter`), `reduce`, or a call of a
    `tool`, `flow`, `function`, `pipeline` or `latest` record.
    """

    kind: str
    at: int
    value: Any = None
    parts: tuple[Expr, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a flow; `name` is the variable or the record that it is about."""

    kind: str
    at: int
    end: int
    name: str = ""
    path: tuple[str, ...] = ()
    exprs: tuple[Expr, ...] = ()
    bodies: tuple[tuple[Statement, ...], ...] = ()
    value: Any = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration at the top of a file: `fields` are its settings."""

    kind: str
    name: str
    at: int
    end: int
    source: SourceFile
    fields: dict[str, Any] = field(default_factory=dict)
    body: tuple[Statement, ...] = ()


@dataclass(slots=True)
class App:
    """The declarations of an app, its modules included, by the names that flows use."""

    source: SourceFile
    declared: list[Declared] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Declared]:
        """The declarations of one kind, by name."""
        return {one.name: one for one in self.declared if one.kind == kind}
