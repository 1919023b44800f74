"""A parsed expression: its faults, its references, its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from n3gen.diagnostics import Diagnostic, Rule
from n3gen.source import Loc
from n3gen.syntax.document import Document

__all__ = [
    "STEP_FACTS",
    "Code",
    "Fault",
    "Name",
    "Parsed",
    "Reference",
    "Root",
    "Shape",
    "Token",
]

Root = Literal["name", "step", "payload", "options", "run", "env", "state", "loop"]
"""What a reference begins with. `name` is a bare name: a step's or a loop variable's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an expression; `start` and `end` are offsets in its text.

    `meant` is the word that was most likely meant by what stands there.
    """

    rule: type[Rule]
    message: str
    start: int
    end: int
    help: str | None = None
    label: str = ""
    meant: str | None = None

    def diagnostic(self, document: Document, loc: Loc) -> Diagnostic:
        """The fault as a diagnostic, where the text is the string value at `loc`."""
        place = document.text_label(loc, self.start, self.end, self.label)
        return self.rule.diagnose(self.message, place, help=self.help, meant=self.meant)


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a name that the expression does not bind itself.

    `name` is the step's for `steps.name`, `payload` for `input`, and the
    variable's for `env.NAME`. `path` are the fields read from it that are
    written out, `places` their offsets; `start` and `end` are those of the name.
    `optional` is true where the expression says what to do if it is missing.
    """

    name: str
    root: Root
    start: int
    end: int
    path: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()
    optional: bool = False

    @property
    def spelled(self) -> str:
        """What it reads, as the spec writes it."""
        if self.root == "run" and self.name == "now":
            return "now()"
        if self.root in ("name", "payload", "options"):
            return self.name
        return f"{'steps' if self.root == 'step' else self.root}.{self.name}"

    @property
    def fact(self) -> str:
        """The fact of a step's record that it reads; empty where it reads a value."""
        is_fact = self.root == "step" and self.path and self.path[0] in STEP_FACTS
        return self.path[0] if is_fact else ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a value's type before anything runs.

    `mapping` is a TypedDict and `model` a class, both with `fields`; a field
    whose shape is `None` may hold anything. `others` are further names for fields,
    with those in `fields`. `items` is the shape of a list's. `optional` are the fields
    that may be none, as those of a type such as `int?`, `anything` those of type `any`.
    """

    kind: Literal["mapping", "model", "str", "int", "float", "bool", "list"]
    fields: Mapping[str, Shape | None] = field(default_factory=dict)
    items: Shape | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    anything: frozenset[str] = frozenset()

    def own(self, name: str) -> str:
        """The name in `fields` for a field that may go by another one."""
        return name if name in self.fields else self.others.get(name, name)

    def written(self, own: str) -> str:
        """The name that expressions write for a field: one that is an identifier."""
        others = (other for other, field in self.others.items() if field == own)
        return next(filter(str.isidentifier, (own, *others)), own)


STEP_FACTS: Final[Mapping[str, Shape]] = {
    "status": Shape("str"),
    "error": Shape(
        "mapping",
        {
            "kind": Shape("str"),
            "message": Shape("str"),
            "status": Shape("int"),
            "step": Shape("str"),
        },
        optional=frozenset({"status"}),
    ),
    "attempts": Shape("int"),
    "elapsed_ms": Shape("int"),
}
"""What expressions read of a step's record, as `steps.NAME.status`."""


@dataclass(frozen=True, slots=True)
class Name:
    """The Python source of a name: a variable, an attribute or a call.

    Where `is_mapping` is true, it is that of a mapping which has the value under its
    name, or lacks it. A value that `may_be_none` is none where its step was skipped; one
    that `is_any` is of any type.
    Reading one that `is_fallible` may raise; one that `is_awaited` is read with an `await`.
    """

    source: str
    shape: Shape | None = None
    is_mapping: bool = False
    may_be_none: bool = False
    is_any: bool = False
    is_fallible: bool = False
    is_awaited: bool = False

    @property
    def reading(self) -> str:
        """The source of what reads it."""
        return f"await {self.source}" if self.is_awaited else self.source


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an expression; `value` is that of the lexer of Jinja."""

    type: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A read expression or template; `constant` is the text of one without expressions.

    `is_single` says that it is one expression and no text, so that its value
    keeps its type. `tree` is Jinja's, with indexes into `tokens` for lines; it is
    `None` where a fault kept it from being read. `plain` are names of families, such as
    `run`, that are names of values here.
    """

    text: str
    faults: tuple[Fault, ...] = ()
    references: tuple[Reference, ...] = ()
    constant: str | None = None
    is_single: bool = False
    tree: Any = None
    tokens: tuple[Token, ...] = ()
    plain: frozenset[str] = frozenset()

    @property
    def is_constant(self) -> bool:
        return self.constant is not None


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression, with a hole for each name that it takes from outside.

    `fallible` is true where data may make it raise. `negated` is the source of its
    opposite, if that was asked for. A source of several lines is in parentheses of
    its own; `inner` is the same without them. `kind` is the name of the value's type,
    where that is sure; `parts` are the members of an annotation that is a union.
    """

    source: str
    fallible: bool = False
    negated: str = ""
    inner: str = ""
    kind: str = ""
    parts: tuple[str, ...] = ()

    @property
    def argument(self) -> Code:
        """The expression where other parentheses enclose it."""
        return replace(self, source=self.inner, inner="") if self.inner else self

    @property
    def opposite(self) -> Code:
        """What is true where the expression is not, as a linter would have it written."""
        negated = self.negated or f"not ({self.source})"
        return replace(self, source=negated, negated=self.source, inner="")
