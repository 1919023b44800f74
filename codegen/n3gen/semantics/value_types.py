"""The types of the values that expressions read, where they are declared or follow."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from jinja2 import nodes

from n3gen.expressions import STEP_FACTS, parse_expression
from n3gen.names import fact_of
from n3gen.semantics.asked import model_call
from n3gen.semantics.field_types import (
    ERROR_FIELDS,
    ERROR_RECORD,
    field_type,
    item_type,
    with_none,
)
from n3gen.semantics.node_types import NodeTypes, Typed
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Chain,
    Connector,
    Entry,
    For,
    OnError,
    Race,
    Spec,
    Stage,
    StateStep,
    Step,
    TypeDef,
    TypeRef,
)

__all__ = ["STATUSES", "ValueTypes", "given_type", "state_type"]

_STR: Final = TypeRef(name="str")
_INT: Final = TypeRef(name="int")
_BOOL: Final = TypeRef(name="bool")
_FACTS: Final = {"bool": _BOOL, "str": _STR}
"""The types of facts about blocks, by their kinds."""

STATUSES: Final = (
    *("ok", "error", "timeout", "cancelled", "skipped", "pending", "running"),
)
"""How a step may stand."""

_STATUS: Final = TypeRef(name="one of", values=STATUSES)
_ENDED: Final = TypeRef(name="one of", values=("ok", "error", "timeout", "cancelled"))
_RECORD: Final[Mapping[tuple[str, ...], TypeRef]] = {
    ("status",): _STATUS,
    ("attempts",): _INT,
    ("elapsed_ms",): _INT,
    ("error",): ERROR_RECORD,
    **{("error", name): type_ for name, type_ in ERROR_FIELDS.items()},
}
"""The types of what is read of a step's record."""

_RUN: Final = {**_RECORD, ("status",): _ENDED}
"""The types of what is read of a run that has ended."""

_ROUND: Final = {"index": _INT, "index0": _INT, "first": _BOOL, "last": _BOOL}


@dataclass(frozen=True, slots=True)
class ValueTypes:
    """The types of the payload's fields, and of the names that a chain gives.

    `facts` are the types of facts about blocks, by the names under which a flow knows
    them; `recorded` are the names of steps, `states` the types of states, `errors` the
    names of the records of errors, `refusals` those of errors that have a status,
    `optional` the names of what is of a type with none, `branched` the types of what
    the branches of one block give as different types.
    """

    payload: Mapping[str, TypeRef]
    names: Mapping[str, TypeRef]
    records: Mapping[str, TypeDef]
    facts: Mapping[str, TypeRef]
    recorded: frozenset[str]
    states: Mapping[str, TypeRef] = field(default_factory=dict[str, TypeRef])
    errors: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    optional: Container[str] = frozenset()
    branched: Mapping[str, TypeRef] = field(default_factory=dict[str, TypeRef])

    @classmethod
    def of(cls, chain: Chain, spec: Spec) -> ValueTypes:
        """The types of a chain; of what has lost a part in loading nothing is known."""
        records = {t.name: t for t in spec.types if t.name not in spec.rejected}
        if chain.name in spec.rejected:
            return cls({}, {}, records, {}, frozenset())
        connectors = {c.name: c for c in spec.connectors if c.name not in spec.rejected}
        entries = [*every_entry(chain.steps)]
        facts = _facts(entries)
        steps = [entry for entry in entries if isinstance(entry, Step)]
        stages = (entry for entry in entries if isinstance(entry, Stage))
        repeated = {id(stage.step) for stage in stages if stage.per_item}
        states = {state.name: state.type for state in spec.states}
        given = connectors, states
        results = [
            (step.name, None if id(step) in repeated else _result(step, given))
            for step in steps
        ]
        payload = {
            name: field.type
            for field in chain.input or ()
            for name in (field.name, field.key)
        }
        recorded = frozenset(step.name for step in steps)
        found = cls(payload, _one_each(results), records, facts, recorded, states)
        names = _one_each([*results, *_variables(entries, found)])
        clauses = [entry for entry in entries if isinstance(entry, OnError)]
        others = [
            one for clause in clauses if not clause.is_of_status for one in clause.binds
        ]
        errors = _errors(entries)
        return replace(
            found, names=names, errors=errors, refusals=errors.difference(others)
        )

    def of_path(self, path: tuple[str, ...]) -> TypeRef | None:
        """The type of `payload.a.b`, `step.a` or `steps.step.a`; `None` where it is open."""
        root, *fields = path
        if root in ("payload", "input"):
            first = self.payload.get(fields[0]) if fields else None
            return self._field(first, fields[1:])
        if root == "state" and fields:
            return self._field(self.states.get(fields[0]), fields[1:])
        if root == "env" and root not in self.names:
            return _STR if len(fields) == 1 else None
        if root == "loop":
            return _ROUND.get(fields[0]) if len(fields) == 1 else None
        if root == "steps" and fields:
            root, *fields = fields
            if fields and fields[0] in STEP_FACTS and root in self.recorded:
                return _RECORD.get(tuple(fields))
        if root in self.errors:
            is_status = root in self.refusals and fields == ["status"]
            return _INT if is_status else _RECORD.get(("error", *fields))
        if root == "run" and root not in self.names:
            return _RUN.get(tuple(fields))
        if fields and (fact := self.facts.get(fact_of(root, fields[0]))) is not None:
            return fact if len(fields) == 1 else None
        return self._field(self.names.get(root), fields)

    def _field(self, owner: TypeRef | None, fields: list[str]) -> TypeRef | None:
        for name in fields:
            owner = field_type(owner, name, self.records)
        return owner

    def is_fact(self, path: tuple[str, ...]) -> bool:
        """Whether a path leads to what is known about a step or a block, not to its value."""
        if path[0] == "steps":
            return path[1:2] != () and path[2:3] != () and path[2] in STEP_FACTS
        return len(path) > 1 and fact_of(path[0], path[1]) in self.facts

    def of_node(self, node: nodes.Node, *, is_declared: bool = False) -> Typed | None:
        """What a node of an expression reads, as text, and its type.

        Where it `is_declared` nothing is said of what operators and filters make.
        """
        types = NodeTypes(self.of_path, self.records, is_declared=is_declared)
        return types.of(node)


def _one_each(found: Iterable[tuple[str, TypeRef | None]]) -> dict[str, TypeRef]:
    """The types of names that have one type wherever they stand."""
    types: dict[str, set[TypeRef | None]] = {}
    for name, type_ in found:
        types.setdefault(name, set()).add(type_)
    return {
        name: type_
        for name, known in types.items()
        for type_ in known
        if type_ is not None and len(known) == 1
    }


def _facts(entries: Iterable[Entry]) -> dict[str, TypeRef]:
    """The types of the facts about blocks: those of races of one name are texts."""
    found: dict[str, TypeRef] = {}
    for entry in entries:
        for fact, kind in entry.facts.items():
            if kind in _FACTS:
                own = _winner(entry) if isinstance(entry, Race) else _FACTS[kind]
                same = found.get(fact, own) == own
                found[fact] = own if same else _FACTS[kind]
    return found


def _winner(race: Race) -> TypeRef:
    """The type of the name of a race's winner, which is empty where a clause ran."""
    names = [one.name for one in race.contenders if one.name is not None]
    if len(names) < len(race.steps):
        return _STR
    return TypeRef(name="one of", values=tuple(names))


def _errors(entries: Iterable[Entry]) -> frozenset[str]:
    """The names that clauses bind to errors, and nothing else to anything."""
    others: set[str] = set()
    errors: set[str] = set()
    for entry in entries:
        (errors if isinstance(entry, OnError) else others).update(entry.binds)
        others.update({entry.name} if entry.name else ())
    return frozenset(errors - others)


_Given = tuple[Mapping[str, Connector], Mapping[str, TypeRef]]
"""The connectors of a spec, and the types of its states."""


def _result(step: Step, given: _Given) -> TypeRef | None:
    """The type of a step's value, which an error's record or a clause's may replace."""
    if step.keeps_error or any(clause.has_value for clause in step.endings):
        return None
    return state_type(step, given[1]) or given_type(step, given[0])


def state_type(step: Step, states: Mapping[str, TypeRef]) -> TypeRef | None:
    """The type of the value of a step that reads or changes all of a state."""
    if not isinstance(step, StateStep) or step.has_key or step.output is not None:
        return None
    return states.get(step.state_name)


def old_value_type(step: StateStep, states: Mapping[str, TypeRef]) -> TypeRef | None:
    """The type of what `update` changes; an entry of a mapping is none at first."""
    found = states.get(step.state_name)
    if not step.has_key:
        return found
    is_mapping = found is not None and found.name == "dict" and len(found.args) == 2
    return with_none(found.args[1]) if found is not None and is_mapping else None


def given_type(step: Step, connectors: Mapping[str, Connector]) -> TypeRef | None:
    """What a step gives: its `output`, its connector's, or the text of a model."""
    asked = model_call(step, connectors)
    output = step.output or (asked.output if asked is not None else None)
    if output is None and asked is not None and asked.embed is None:
        return _STR
    return output


def _variables(
    entries: Iterable[Entry], known: ValueTypes
) -> list[tuple[str, TypeRef | None]]:
    """The types of what blocks bind: items of `for` blocks, which may be read of outer ones."""
    found: list[tuple[str, TypeRef | None]] = []
    names = dict(known.names)
    around = replace(known, names=names)
    for entry in entries:
        item = _item(entry, around) if isinstance(entry, For) else None
        for name in entry.binds:
            type_ = entry.bound_types.get(name, item)
            found.append((name, type_))
            if type_ is not None:
                names.setdefault(name, type_)
    return found


def _item(loop: For, known: ValueTypes) -> TypeRef | None:
    """What a round of a loop is about."""
    if loop.comes_over_time:
        return None
    tree = parse_expression(loop.items).tree
    items = known.of_node(tree, is_declared=True) if tree is not None else None
    item = item_type(items[1]) if items is not None else None
    if item is None:
        return None
    return item if loop.batch is None else TypeRef(name="list", args=(item,))
