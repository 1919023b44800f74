"""Conditions that ask for the truth of what is true whatever it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.http_fields import response_steps
from n3gen.check.none_causes import unsure_names
from n3gen.check.reading_words import of_type
from n3gen.check.rules.truth_rules import AlwaysTrue, TextTruth
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.asked import model_call
from n3gen.semantics.field_types import MAPPING
from n3gen.semantics.known import Semantics
from n3gen.semantics.skipped import maybe_absent, maybe_skipped
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.semantics.value_types import ValueTypes, given_type
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, Step, WaitStep
from n3gen.spec.values import shown

__all__ = ["CONDITIONS", "asked_nodes", "check_truths"]

CONDITIONS: Final = ("when", "if", "while", "until")
"""The keys whose expressions are true or false."""

_FIELDS: Final = 3
"""How many fields a message shows."""


@chain_finder
def check_truths(known: Semantics) -> Iterator[Diagnostic]:
    """Find bare texts, responses and records as conditions."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        texts, found = known.texts[chain.name], _Steps.of(chain, known)
        may_be_none = {*maybe_skipped(chain, known.ends), *maybe_absent(chain)}
        for spot in known.trees[chain.name].spots():
            unsure = unsure_names(spot).keys()
            none = may_be_none | unsure
            for text in texts.of(spot.entry):
                yield from _Truths(text, found, known.places, none, unsure).faults()
        for text in texts.of(chain):
            yield from _Truths(text, found, known.places, may_be_none).faults()


def asked_nodes(text: TypedText) -> Iterator[nodes.Node]:
    """The nodes of a text that are tested for truth alone."""
    form, key = text.text.form, text.text.keys[-1] if text.text.keys else ""
    yield from _asked(text.tree, form == "expression" and key in CONDITIONS)


def _asked(node: nodes.Node, is_asked: bool) -> Iterator[nodes.Node]:
    parts: list[tuple[nodes.Node, bool]]
    match node:
        case nodes.And() | nodes.Or():
            parts = [(node.left, is_asked), (node.right, is_asked)]
        case nodes.Not():
            parts = [(node.node, True)]
        case nodes.CondExpr():
            parts = [(node.test, True), (node.expr1, is_asked)]
            parts += [(node.expr2, is_asked)] if node.expr2 is not None else []
        case nodes.If():
            inner = node.iter_child_nodes(exclude=("test",))
            parts = [(node.test, True), *((child, False) for child in inner)]
        case _:
            if is_asked:
                yield node
            parts = [(child, False) for child in node.iter_child_nodes()]
    for part, asks in parts:
        yield from _asked(part, asks)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of a chain by what they give, where their names stand for nothing else."""

    answers: Mapping[str, Step]
    texts: Mapping[str, Step]
    responses: Set[str]
    others: Mapping[str, Step]

    @classmethod
    def of(cls, chain: Chain, known: Semantics) -> _Steps:
        taken: list[str] = []
        steps: list[Step] = []
        for entry in every_entry(chain.steps):
            taken += entry.binds
            if entry.name is not None:
                taken.append(entry.name)
            if isinstance(entry, Step):
                steps.append(entry)
        plain = {
            step.name: step
            for step in steps
            if taken.count(step.name) == 1 and not _is_replaced(step)
        }
        return cls(
            {name: step for name, step in plain.items() if _is_answer(step)},
            {name: step for name, step in plain.items() if _is_text(step, known)},
            response_steps(chain),
            plain,
        )


def _is_replaced(step: Step) -> bool:
    """Whether an error's record or the value of a clause may be in the value's place."""
    return step.keeps_error or any(clause.has_value for clause in step.endings)


def _is_answer(step: Step) -> bool:
    """Whether a step's value is a person's answer, and may be a text."""
    if not isinstance(step, WaitStep) or step.signal is None or step.count is not None:
        return False
    return step.output is None or step.output.name in ("str", "any")


def _is_text(step: Step, known: Semantics) -> bool:
    """Whether a step's value is the text of a model."""
    if model_call(step, known.connectors) is None:
        return False
    found = given_type(step, known.connectors)
    return found is not None and found.name == "str"


@dataclass(frozen=True, slots=True)
class _Truths:
    """The conditions in one text.

    Of the names in `none` the value may be none, of those in `unsure` because their
    steps need not have run.
    """

    text: TypedText
    steps: _Steps
    places: Places
    none: Set[str]
    unsure: Set[str] = frozenset()

    def faults(self) -> Iterator[Diagnostic]:
        for node in asked_nodes(self.text):
            path = path_of(node)
            if path and path[0] not in self.text.bound:
                yield from self._fault(node, path)

    def _fault(self, node: nodes.Node, path: tuple[str, ...]) -> Iterator[Diagnostic]:
        label, spelled = self.text.label(node), shown(".".join(path))
        if path[0] == "env" and len(path) == 2 and "env" not in self.steps.others:
            yield TextTruth.variable(spelled, label)
            return
        name, *fields = path[1:] if path[0] == "steps" and path[1:] else path
        step = self.steps.others.get(name)
        if step is None or fields:
            if fields or path[0] == "payload" or name not in self.none:
                yield from self._fault_of_type(spelled, path, label)
            return
        there = self.places.name(step.place, "the step")
        if name in self.steps.answers and name not in self.unsure:
            yield TextTruth.answer(spelled, shown(name), label, there)
        elif name in self.none or name in self.steps.answers:
            return  # whether there is a value is worth asking
        elif name in self.steps.texts:
            yield TextTruth.text(spelled, shown(name), label, there)
        elif name in self.steps.responses:
            yield AlwaysTrue.response(spelled, label, there)
        elif isinstance(step, WaitStep) and step.count and not step.has_default:
            yield AlwaysTrue.answers(spelled, step.count, label, there)
        else:
            yield from self._fault_of_type(spelled, path, label)

    def _fault_of_type(
        self, spelled: str, path: tuple[str, ...], label: Label
    ) -> Iterator[Diagnostic]:
        """Tell of a value that is true whatever it is, by its type."""
        found = self.text.types.of_path(path)
        if found is None or path[0] == "run" or self.text.types.is_fact(path):
            return
        if fields := _asked_fields(found.name, self.text.types):
            yield AlwaysTrue.record(spelled, shown(found.name), fields, label)
        elif found.name == MAPPING:
            fields = [shown(name) for name in found.values[:_FIELDS]]
            yield AlwaysTrue.mapping(spelled, of_type(found), fields, label)
        elif found.name == "one of" and all(found.values):
            choice = shown(found.values[0])
            yield AlwaysTrue.choice(spelled, of_type(found), choice, label)


def _asked_fields(type_: str, types: ValueTypes) -> list[str]:
    """The fields of a declared type that a condition may ask for, booleans alone if any."""
    record = types.records.get(type_)
    if record is None:
        return []
    switches = [one.name for one in record.fields if one.type.name == "bool"]
    return (switches or [one.name for one in record.fields])[:_FIELDS]
