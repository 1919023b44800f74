"""`match` / `case` / `else`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from n3gen.spec.entries import Block, Entries
from n3gen.spec.nodes import Node
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import shown

__all__ = ["Case", "Match"]


class Case(Node):
    """One `case` with its literals."""

    values: tuple[str | int | float | bool | None, ...]
    steps: Entries

    @property
    def literals(self) -> str:
        """The literals as a spec writes them."""
        texts = [json.dumps(v) if isinstance(v, str) else shown(v) for v in self.values]
        return ", ".join(shown(text) for text in texts)


class Match(Block):
    """The case that has the subject's value among its literals, else `otherwise`."""

    word = "match"

    subject: str
    cases: tuple[Case, ...]
    otherwise: Entries | None = None

    @property
    def bodies(self) -> tuple[Entries, ...]:
        inner = tuple(case.steps for case in self.cases)
        return inner if self.otherwise is None else (*inner, self.otherwise)

    @property
    def about(self) -> str:
        return f"match {shown(self.subject)}"

    @property
    def labels(self) -> tuple[str, ...]:
        more = ("else",) if self.otherwise is not None else ()
        return (*(f"case {case.literals}" for case in self.cases), *more)

    def texts(self) -> Iterator[Text]:
        yield expression(self.subject, "match")
