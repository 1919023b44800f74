"""The variables of what the entries of a chain give, and their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from n3gen.emit.code import name
from n3gen.emit.fact_forms import FACT_FORMS, RECORD
from n3gen.emit.givers import givers
from n3gen.emit.scope import ANY, MAPPING, ChainScope, Variable
from n3gen.emit.types import annotation, optional, returned_by, step_annotation
from n3gen.emit.variables import union_of
from n3gen.expressions import Code, Shape
from n3gen.names import LAST_ROUND, own_record_of, python_name
from n3gen.semantics.reads import references_of
from n3gen.semantics.shapes import shape_of, shapes_of
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import split_body
from n3gen.spec.model import (
    Block,
    Entry,
    For,
    OnError,
    Race,
    Step,
    TypeRef,
    ValueStep,
)

__all__ = ["declare_results"]


def declare_results(scope: ChainScope) -> None:
    """Give the entries of a chain variables of the types of their results.

    Entries of one name that give it to what follows their block share a variable. It may
    be of any type where they are not of one, or some are blocks or computed. Of the
    others, those of one type share a variable, and each block has its own.
    """
    shapes = shapes_of(scope.chain, scope.module.spec)
    types = ValueTypes.of(scope.chain, scope.module.spec).names
    found: dict[str, list[Entry]] = {}
    shared: dict[int, int] = {}
    for entry in every_entry(scope.chain.steps):
        for given in entry.gives:
            first, *others = (id(one) for one in givers(entry, given))
            shared |= dict.fromkeys([first, *others], shared.get(first, first))
        for bound in entry.binds:
            variable = scope.variables[bound]
            if (shape := shapes.get(bound)) is not None:
                typed = _bound(scope, entry, types.get(bound))
                variable = (
                    variable if typed is None else Variable(variable.name, typed, shape)
                )
            scope.bound[bound] = variable
        if entry.name is not None:
            found.setdefault(entry.name, []).append(entry)
    for known, entries in found.items():
        scope.shared |= {known} if len(entries) > 1 else set()
        results = [_result(scope, entry, shapes) for entry in entries]
        _declare(scope, known, [*zip(entries, results, strict=True)], shared)
    _declare_facts(scope)
    _declare_counts(scope)


def _bound(scope: ChainScope, entry: Entry, type_: TypeRef | None) -> Code | None:
    """The annotation of a name that an entry binds: a record of an error, or an item."""
    if isinstance(entry, OnError):
        return MAPPING
    if isinstance(entry, For) and not entry.comes_over_time and type_ is not None:
        return annotation(scope.module, type_)
    return None


def _declare_facts(scope: ChainScope) -> None:
    """Give the facts about entries that are read variables."""
    entries = [*every_entry(scope.chain.steps)]
    read = references_of(scope.chain).union(*map(scope.references_of, entries))
    for entry in entries:
        for fact in entry.facts:
            if fact in read and fact not in scope.facts:
                form = FACT_FORMS[entry.facts[fact]]
                own = scope.fresh(python_name(fact))
                scope.facts[fact] = Variable(own, form.annotation, form.shape)
                if entry.name in scope.late and form is not RECORD:
                    # A step that does not need it may read it before it is known.
                    scope.facts[fact] = Variable(own, optional(form.annotation))
                    scope.skipped.add(fact)
                if entry.facts[fact] == "record":
                    scope.records.add(fact)
                    scope.variables[own_record_of(fact)] = scope.facts[fact]


def _declare_counts(scope: ChainScope) -> None:
    """Give what rounds read of `loop` variables, which functions take as parameters."""
    entries = [*every_entry(scope.chain.steps)]
    read = frozenset[str]().union(*map(scope.references_of, entries))
    for known, wanted, kind in (
        ("loop", "index", "int"),
        (LAST_ROUND, "is_last", "bool"),
    ):
        if known in read:
            variable = Variable(scope.fresh(wanted), name(kind, kind))
            scope.variables[known] = variable


_Result = tuple[Code, Shape | None]
"""The type of what an entry gives, and its shape where it is known."""


def _declare(
    scope: ChainScope,
    known: str,
    entries: Sequence[tuple[Entry, _Result]],
    shared: Mapping[int, int],
) -> None:
    """Give the entries of one name their variables; those of one number in `shared` one."""
    base = scope.variables[known].name
    together: dict[int, list[tuple[Entry, _Result]]] = {}
    for entry, result in entries:
        group = shared.get(id(entry), id(entry) if isinstance(entry, Block) else 0)
        together.setdefault(group, []).append((entry, result))
    variables: dict[tuple[int, Code], str] = {}
    for group, members in together.items():
        is_given = group in shared.values()
        is_mixed = is_given and _is_mixed(members)
        for entry, result in members:
            type_, shape = (ANY, None) if is_mixed else result
            if (group, type_) not in variables:
                number = len(variables) + (2 if known in scope.bound else 1)
                spelled = base if number == 1 else scope.fresh(f"{base}_{number}")
                variables[group, type_] = spelled
            variable = Variable(variables[group, type_], type_, shape)
            scope.entries[id(entry)] = variable
            if is_mixed:
                scope.mixed.add(variable.name)


def _is_mixed(members: Sequence[tuple[Entry, _Result]]) -> bool:
    """Whether entries that share a variable are of several types, as Python sees them."""
    if len(members) == 1:
        return False
    is_open = any(isinstance(entry, Block | ValueStep) for entry, _ in members)
    return is_open or len({type_ for _, (type_, _) in members}) > 1


def _result(scope: ChainScope, entry: Entry, shapes: Mapping[str, Shape]) -> _Result:
    """The type of what an entry gives, and its shape where it is known."""
    if isinstance(entry, Race):
        return _winners(scope, entry)
    if not isinstance(entry, Step):
        return ANY, None
    if any(clause.has_value for clause in entry.endings):
        return ANY, None
    type_ = returned_by(scope, entry)
    if entry.name in scope.skipped and not entry.may_be_skipped:
        type_ = optional(type_)
    if entry.keeps_error and type_ != ANY:
        return union_of((type_, MAPPING)), None
    return type_, None if entry.name in scope.skipped else shapes.get(entry.name)


def _winners(scope: ChainScope, race: Race) -> _Result:
    """The type of the value of a race all of whose contenders give values of one type."""
    contenders, clauses = split_body(race.steps)
    steps = [one for one in contenders if isinstance(one, Step)]
    may_be_other = (
        race.count > 1
        or len(steps) < len(contenders)
        or race.name in scope.skipped
        or any(clause.has_value for clause in clauses)
        or any(one.keeps_error or one.endings for one in steps)
        or any(one.may_be_skipped for one in steps)
    )
    types = {step_annotation(scope, step) for step in steps}
    if may_be_other or len(types) > 1:
        return ANY, None
    output = scope.output(steps[0])
    if output is not None:
        return types.pop(), shape_of(output, scope.module.spec)
    is_text = scope.gives_text(steps[0])
    return types.pop(), Shape("str") if is_text else None
