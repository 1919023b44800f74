"""`match` / `case` / `else`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common, read_else
from n3gen.spec.entries import Block, Entries, common_names
from n3gen.spec.key_shapes import Expression, ListOf, Literal, OneOf, Steps
from n3gen.spec.keys import Key, Record, key_names
from n3gen.spec.nodes import Node
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadCase, WrongType
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import data_fault, described, shown

__all__ = ["Case", "Match"]


_LITERAL = Literal()

_EVERYTHING = ("_", "default", "else", "otherwise", "*")
"""What other languages and people write for the case that takes all others."""

_EACH_CASE = "write each case as `- case: VALUE` with its `steps:`"

_Known = tuple[type, Any]
"""A literal, beside a class that distinguishes `true` from 1."""


class Case(Node):
    """One `case` with its literals."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "case",
            OneOf(_LITERAL, ListOf(_LITERAL, 1)),
            "literals",
            needed=True,
            also=("when", "is", "value", "values"),
        ),
        Key(
            "steps",
            Steps(),
            "the steps for these values",
            needed=True,
            also=("then", "do"),
        ),
    )

    values: tuple[str | int | float | bool | None, ...]
    steps: Entries

    @property
    def literals(self) -> str:
        """The literals as a spec writes them."""
        texts = [json.dumps(v) if isinstance(v, str) else shown(v) for v in self.values]
        return ", ".join(shown(text) for text in texts)


_CASE_KEYS = key_names(Case.KEYS)


class Match(Block):
    """The case that has the subject's value among its literals, else `otherwise`."""

    word = "match"

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("match", Expression(), "what is compared with the cases", needed=True),
        Key(
            "cases",
            ListOf(Record("case", Case.KEYS), 1),
            "the cases",
            needed=True,
            also=("case",),
        ),
        Key(
            "else",
            Steps(),
            "the steps where no case fits",
            also=("default", "otherwise", "_"),
        ),
        *Block.COMMON,
    )

    subject: str
    cases: tuple[Case, ...]
    otherwise: Entries | None = None

    @property
    def bodies(self) -> tuple[Entries, ...]:
        inner = tuple(case.steps for case in self.cases)
        return inner if self.otherwise is None else (*inner, self.otherwise)

    @property
    def may_be_skipped(self) -> bool:
        return self.otherwise is None

    @cached_property
    def gives(self) -> tuple[str, ...]:
        return () if self.otherwise is None else common_names(self.bodies)

    @property
    def about(self) -> str:
        return f"match {shown(self.subject)}"

    @property
    def labels(self) -> tuple[str, ...]:
        more = ("else",) if self.otherwise is not None else ()
        return (*(f"case {case.literals}" for case in self.cases), *more)

    def outer_texts(self) -> Iterator[Text]:
        yield expression(self.subject, "match")

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        if "cases" in data or "case" in data:
            data = reader.known(loc, data, cls.KEYS, "a `match` block")
        values = read_common(reader, loc, data)
        values["subject"] = reader.condition(loc, data, "match", "this `match`")
        values["cases"] = cases = _cases(reader, loc, data.get("cases"))
        values |= read_else(reader, loc, data)
        _check_last(reader, cases, has_else="else" in data)
        return reader.build(cls, loc, values, "a `match` block")


def _cases(reader: Reader, loc: Loc, data: Any) -> tuple[Case, ...]:
    at = (*loc, "cases")
    if data is None or data == []:
        reader.missing(
            loc,
            "cases",
            "this `match`",
            "list them below `cases:`, each as `- case: VALUE` with its `steps:`",
        )
        return ()
    if not isinstance(data, list):
        label = reader.document.label(at)
        given = described(data)
        reader.report(WrongType.of("`cases`", "a list", given, label, _EACH_CASE))
        return ()
    seen: dict[_Known, Loc] = {}
    found = [_case(reader, (*at, i), item, seen) for i, item in enumerate(data)]
    return tuple(case for case in found if case is not None)


def _case(reader: Reader, loc: Loc, data: Any, seen: dict[_Known, Loc]) -> Case | None:
    items = reader.mapping(loc, data, "a case")
    if value := _valued(items):
        reader.report(BadCase.no_key(value, reader.document.label(loc)))
        return None
    items = reader.known(loc, items, Case.KEYS, "a case")
    literals = items.get("case", [])
    if not isinstance(literals, list):
        literals = [literals]
    if not literals:
        reader.missing(loc, "case", "this case", "say which values it is for")
    values = []
    for index, literal in enumerate(literals):
        if _literal(reader, (*loc, "case", index), literal, seen):
            values.append(literal)
    steps = read_body(reader, loc, "steps", items, "this case")
    parts = {"values": tuple(values), "steps": steps}
    return reader.build(Case, loc, parts, "a case")


def _check_last(reader: Reader, cases: tuple[Case, ...], *, has_else: bool) -> None:
    """Report a bare word as the last case that people mean as all others."""
    if not cases:
        return
    document, loc = reader.document, (*cases[-1].place.loc, "case")
    span = document.span(loc)
    written = document.source.text[span.start : span.end]
    word = written.removeprefix("case").lstrip()
    if word == "_" or (word in _EVERYTHING and not has_else):
        reader.report(BadCase.everything(word, document.label((*loc, 0))))


def _valued(items: dict[str, Any]) -> str | None:
    """The value that takes the place of the key of a case, with its steps."""
    found = next(iter(items.items())) if len(items) == 1 else None
    if found is None or not isinstance(found[1], list) or found[0] in _CASE_KEYS:
        return None
    return shown(found[0])


def _literal(reader: Reader, loc: Loc, value: Any, seen: dict[_Known, Loc]) -> bool:
    """Whether `value` can be a case; report it where not."""
    label = reader.document.label(loc)
    if isinstance(value, dict | list):
        reader.report(BadCase.no_literal(described(value), label))
    elif data_fault(value) is not None:
        reader.report(BadCase.no_literal("what data cannot hold", label))
    elif isinstance(value, str) and ("{{" in value or "{%" in value):
        reader.report(BadCase.no_literal("a template", label))
    elif (known := _known(value)) in seen:
        first = reader.document.label(seen[known], "the first one")
        reader.report(BadCase.twice(shown(value), label, first))
    else:
        seen[known] = loc
        return True
    return False


def _known(value: Any) -> _Known:
    """What two literals have in common that are one case: 1 is 1.0, and not true."""
    return type(value) if isinstance(value, bool | str) else float, value
