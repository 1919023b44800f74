"""Facts about entries as variables: their types, and what they are before anything is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from n3gen.emit.code import constant, name, support_call
from n3gen.emit.givers import giver
from n3gen.expressions import Code, Shape
from n3gen.spec.fact_kinds import FactKind
from n3gen.spec.model import Entry

__all__ = ["FACT_FORMS", "RECORD", "FactForm", "fact_form"]


@dataclass(frozen=True, slots=True)
class FactForm:
    """The type of a fact, its shape if it is a value, and what it is `before` its entry runs."""

    annotation: Code
    before: Code
    shape: Shape | None = None


RECORD: Final = FactForm(name("StepFacts", "StepFacts"), support_call("StepFacts"))
"""The record of a step, which is bound before the step begins."""

FACT_FORMS: Final[Mapping[FactKind, FactForm]] = {
    "str": FactForm(name("str", "str"), constant(None), Shape("str")),
    "bool": FactForm(name("bool", "bool"), constant(None), Shape("bool")),
    "record": RECORD,
}


def fact_form(entry: Entry, known: str) -> FactForm | None:
    """The form of a name that an entry gives, where the name is that of a fact."""
    kind = giver(entry, known).facts.get(known)
    return None if kind is None else FACT_FORMS[kind]
