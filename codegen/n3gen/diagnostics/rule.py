"""Diagnostics as data: a rule, a sentence, places, a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from textwrap import dedent
from typing import ClassVar

from n3gen.diagnostics.fix import Fix, replacing
from n3gen.secrets import without_secrets
from n3gen.source import SourceFile, Span

__all__ = ["Diagnostic", "Label", "Problems", "Rule", "Severity"]


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A place and the few words that belong under its caret; `text` may be empty."""

    file: SourceFile
    span: Span
    text: str = ""


class Rule:
    """One kind of problem.

    A subclass states `code`, `name` and, where it is no error, `severity`; its
    docstring is its page (the first line a title, then a paragraph of why, then
    a section `Wrong:` and a section `Right:`, each with a fenced ```` ```ai ````
    or ```` ```yaml ```` example). Class methods of a subclass word its
    diagnostics, so that every sentence of a code is in one place. It is found where modules are built for its `target`.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    target: ClassVar[str] = "asyncio"

    defined: ClassVar[list[type[Rule]]] = []
    """All rules whose modules have been imported, in the order of their definition."""

    def __init_subclass__(cls) -> None:
        Rule.defined.append(cls)

    @classmethod
    def diagnose(
        cls,
        message: str,
        label: Label,
        *others: Label,
        help: str | None = None,  # noqa: A002
        meant: str | None = None,
        fix: Fix | None = None,
    ) -> Diagnostic:
        """The diagnostic of this rule at `label`; `others` are further places of it.

        `meant` is the word that was most likely meant by the one at the label: it
        replaces the `help`, and the `fix` writes it.
        """
        if meant:
            help = f"did you mean `{meant}`?"  # noqa: A001
            fix = fix or replacing(label.file, label.span, meant)
        help = help and without_secrets(help)  # noqa: A001
        return Diagnostic(cls, without_secrets(message), (label, *others), help, fix)

    @classmethod
    def documentation(cls) -> tuple[str, str]:
        """Title and page. A tab stands as `␉`: Python 3.13 takes them from docstrings."""
        title, _, body = (cls.__doc__ or cls.name).partition("\n")
        return title.strip(), dedent(body).strip().replace("␉", "\t") + "\n"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A found problem as data: drawn in `render`, written as JSON in `formats`.

    `labels` has the place of the problem first. `help` is the next thing to do, and
    `fix` does it, where edits can.
    """

    rule: type[Rule]
    message: str
    labels: tuple[Label, ...]
    help: str | None = None
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def label(self) -> Label:
        return self.labels[0]

    @property
    def file(self) -> SourceFile:
        return self.labels[0].file

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts by file, place, code and wording."""
        span = self.label.span
        return (self.file.path, span.start, span.end, self.rule.code, self.message)


@dataclass(slots=True)
class Problems:
    """What all phases of one compilation found; a problem found twice is kept once."""

    _found: dict[tuple[str, int, int, str, str], Diagnostic] = field(
        default_factory=dict
    )

    def add(self, diagnostic: Diagnostic) -> None:
        self._found.setdefault(diagnostic.order, diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def reword(self, change: Callable[[str], str]) -> None:
        """Change what is said of the problems, and leave their places."""
        found = [
            replace(
                one, message=change(one.message), help=one.help and change(one.help)
            )
            for one in self
        ]
        self._found.clear()
        self.extend(found)

    def __iter__(self) -> Iterator[Diagnostic]:
        """In the order of places."""
        return iter([self._found[key] for key in sorted(self._found)])

    def __len__(self) -> int:
        return len(self._found)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self._found.values())
