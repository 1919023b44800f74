"""What is found wrong in one document while its values are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from n3gen.diagnostics import Diagnostic, Label
from n3gen.diagnostics.suggest import nearest
from n3gen.names import python_name
from n3gen.source import Loc
from n3gen.spec.nodes import Place
from n3gen.spec.rules import BadName, MissingKey, UnknownChoice, WrongType
from n3gen.spec.values import described, shown
from n3gen.syntax.document import Document

__all__ = ["Findings"]


@dataclass
class Findings:
    """Keep what is wrong with one document, and what that explains.

    `connection` is the one that a model call means when it names none.
    `rejected` is set where a chain has lost a part that others may refer to.
    `slips` are the keys that unknown ones were most likely meant to be, so that
    they are not reported as missing too. Those at a place that is `misread` are not
    either: it is no mapping, or has a key that may have been meant for any of them.
    """

    document: Document
    connection: str | None = None
    found: list[Diagnostic] = field(default_factory=list)
    rejected: bool = False
    slips: set[tuple[Loc, str]] = field(default_factory=set)
    misread: set[Loc] = field(default_factory=set)

    def place(self, loc: Loc) -> Place:
        return Place(self.document.source.path, loc)

    def report(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)

    def name(self, name: Any, label: Label) -> str | None:
        """`name`, or `None` where it gives no Python name; `label` is where it stands."""
        if not isinstance(name, str):
            self.report(WrongType.of("a name", "a text", described(name), label))
        elif not name.isprintable():
            self.report(BadName.unprintable(label))
        elif not python_name(name):
            self.report(BadName.of(shown(name), label))
        elif python_name(name).startswith("__"):
            self.report(BadName.dunder(shown(name), label))
        else:
            return name
        self.rejected = True
        return None

    def missing(
        self, loc: Loc, key: str, what: str, way_out: str | None = None
    ) -> None:
        if (loc, key) in self.slips or loc in self.misread:
            return
        named = (*loc, "name")
        label = self.document.key_label(loc)
        if named in self.document.values:
            label = self.document.label(named)
        self.report(MissingKey.of(key, what, label, way_out))

    def choice(
        self,
        label_loc: Loc,
        value: Any,
        choices: Collection[str],
        elsewhere: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Report that the value at `label_loc` is not among the choices.

        `elsewhere` says which of them other tools call otherwise.
        """
        label = self.document.label(label_loc)
        meant = None
        if isinstance(value, str):
            meant = elsewhere.get(value) or nearest(value, choices)
        key = str(label_loc[-1])
        is_data = isinstance(value, dict | list)
        given = described(value) if is_data else f"`{shown(value)}`"
        self.report(UnknownChoice.of(key, given, choices, label, meant))
