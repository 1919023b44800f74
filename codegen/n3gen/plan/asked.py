"""Whom calls go to: a model of a connection, or a connector that a run is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.asked import model_call
from n3gen.spec.model import (
    ChainStep,
    Connector,
    ConnectorStep,
    ModelStep,
    Spec,
    Step,
)

__all__ = ["Asked", "Call", "asked_by_plan", "calls_of"]


class Asked(NamedTuple):
    """A `model` as the spec names it, of a `connection`; or a given `connector`."""

    model: str | None = None
    connection: str | None = None
    connector: str | None = None

    def __str__(self) -> str:
        if self.connector is not None:
            return f"connector {self.connector}"
        names = [name for name in (self.model, self.connection) if name is not None]
        return " of ".join(names) or "no model"


class Call(NamedTuple):
    """A call that a step may make: whom it asks, and its model call if it makes one."""

    asked: Asked
    model_call: Connector | ModelStep | None = None


def calls_of(step: Step, spec: Spec) -> tuple[Call | None, tuple[Call, ...]]:
    """Return the call of a step, if it makes one itself, and those of its fallbacks."""
    connectors = {one.name: one for one in spec.connectors}
    found = model_call(step, connectors)
    own: Call | None = None
    if found is not None:
        own = Call(_asked(found, spec), found)
    elif isinstance(step, ConnectorStep):
        own = Call(Asked(connector=step.called))
    others: list[Call] = []
    for fallback in step.fallback or (found.fallback if found is not None else ()):
        other = connectors.get(fallback.connector)
        asked = Asked(connector=fallback.connector)
        others.append(Call(asked if other is None else _asked(other, spec), other))
    return own, tuple(others)


def _asked(call: Connector | ModelStep, spec: Spec) -> Asked:
    connection = next((c for c in spec.connections if c.name == call.connection), None)
    model = call.model or (connection.model if connection is not None else None)
    return Asked(model, call.connection)


def asked_by_plan(name: str, plans: Mapping[str, Plan], spec: Spec) -> list[Asked]:
    """Return whom a chain may ask, and the chains that it calls, in their order."""
    found: dict[Asked, None] = {}
    known: set[str] = set()

    def follow(plan: Plan) -> None:
        for node in (*plan.nodes, *plan.endings):
            visit(node)

    def visit(node: PlanNode) -> None:
        entry = node.entry
        if isinstance(entry, Step):
            own, others = calls_of(entry, spec)
            found.update(dict.fromkeys(one.asked for one in (own, *others) if one))
            target = entry.target if isinstance(entry, ChainStep) else None
            if target is not None and target in plans and target not in known:
                known.add(target)
                follow(plans[target])
        for body in node.own_bodies:
            follow(body)
        if node.clauses is not None:
            follow(node.clauses)

    follow(plans[name])
    return list(found)
