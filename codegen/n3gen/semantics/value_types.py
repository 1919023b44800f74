"""The declared types of the values that expressions read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import nodes

from n3gen.semantics.asked import model_call
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Chain,
    Connector,
    Spec,
    Stage,
    Step,
    TypeDef,
    TypeRef,
)

__all__ = ["ValueTypes", "given_type"]

_STR = TypeRef(name="str")


@dataclass(frozen=True, slots=True)
class ValueTypes:
    """The types of the payload's fields and of steps' results, where they are declared."""

    payload: Mapping[str, TypeRef]
    steps: Mapping[str, TypeRef]
    records: Mapping[str, TypeDef]

    @classmethod
    def of(cls, chain: Chain, spec: Spec) -> ValueTypes:
        """The types of a chain; of what has lost a part in loading nothing is known."""
        records = {t.name: t for t in spec.types if t.name not in spec.rejected}
        if chain.name in spec.rejected:
            return cls({}, {}, records)
        connectors = {c.name: c for c in spec.connectors if c.name not in spec.rejected}
        steps: dict[str, set[TypeRef | None]] = {}
        repeated: set[int] = set()
        bound: dict[str, set[TypeRef | None]] = {}
        for entry in every_entry(chain.steps):
            if isinstance(entry, Stage) and entry.per_item:
                repeated.add(id(entry.step))
            for name, type_ in entry.bound_types.items():
                bound.setdefault(name, set()).add(type_)
            is_plain = isinstance(entry, Step) and not entry.keeps_error
            given = None
            if isinstance(entry, Step) and is_plain and not entry.endings:
                given = given_type(entry, connectors)
            if id(entry) in repeated:
                given = None
            if entry.name is not None:
                steps.setdefault(entry.name, set()).add(given)
        found = {**_agreed(steps), **_agreed(bound)}
        payload = {field.name: field.type for field in chain.input or ()}
        return cls(payload, found, records)

    def of_path(self, path: tuple[str, ...]) -> TypeRef | None:
        """The type of `payload.a.b`, `step.a` or `steps.step.a`; `None` where it is open."""
        root, *fields = path
        if root in ("payload", "input"):
            first = self.payload.get(fields[0]) if fields else None
            return self._field(first, fields[1:])
        if root == "steps" and fields:
            root, *fields = fields
        return self._field(self.steps.get(root), fields)

    def _field(self, owner: TypeRef | None, fields: list[str]) -> TypeRef | None:
        for name in fields:
            record = self.records.get(owner.name) if owner is not None else None
            known = record.fields if record is not None else ()
            owner = next((field.type for field in known if field.name == name), None)
        return owner

    def of_node(self, node: nodes.Node) -> tuple[str, TypeRef] | None:
        """The path that a node of an expression reads, as text, and its type."""
        path: list[str] = []
        while isinstance(node, nodes.Getattr):
            path.append(node.attr)
            node = node.node
        if not isinstance(node, nodes.Name):
            return None
        path.append(node.name)
        found = self.of_path(tuple(reversed(path)))
        return None if found is None else (".".join(reversed(path)), found)


def _agreed(types: Mapping[str, set[TypeRef | None]]) -> dict[str, TypeRef]:
    """The types of names on which all entries of a name agree."""
    found: dict[str, TypeRef] = {}
    for name, (first, *others) in types.items():
        if first is not None and not others:
            found[name] = first
    return found


def given_type(step: Step, connectors: Mapping[str, Connector]) -> TypeRef | None:
    """What a step gives: its `output`, its connector's, or the text of a model."""
    asked = model_call(step, connectors)
    output = step.output or (asked.output if asked is not None else None)
    if output is None and asked is not None and asked.embed is None:
        return _STR
    return output
