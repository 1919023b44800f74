"""What a run of a chain needs and leaves open, its sub-chains counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from n3gen.emit.connections import variables_of
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.tries import asked_of, tries_of
from n3gen.semantics.actors import actors_of
from n3gen.semantics.reads import states_used, variables_read
from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.model import (
    Chain,
    Connector,
    Step,
)

__all__ = [
    "closers",
    "connectors_of",
    "makes_requests",
    "replaceable",
    "variables_needed",
]


class Variables(NamedTuple):
    """Environment variables: those of every run, and those of connectors, by the variable."""

    always: tuple[str, ...]
    asked_by: Mapping[str, tuple[str, ...]]


def variables_needed(module: ModuleScope, chain: Chain) -> Variables:
    """The environment variables that a run of the chain cannot do without.

    A connector needs none where a run is given a callable in its place.
    """
    always: set[str] = set()
    for found in _chains(module, chain):
        for part in (found, *every_entry(found.steps)):
            always |= variables_read(part)
            for name in states_used(part):
                always |= variables_read(module.states.known[name])
        for name in actors_of(found):
            always |= variables_read(module.actors.known[name])
    users: dict[str, set[str]] = {}
    connections = {c.name: c for c in module.spec.connections}
    for step in _steps(module, chain):
        for asked in asked_of(module, step):
            own = connections[asked.connection or next(iter(connections))]
            names = {*variables_of(own)}
            if isinstance(asked, Connector):
                for variable in names | variables_read(asked):
                    users.setdefault(variable, set()).add(asked.name)
            else:
                always |= names
    asked_by = {
        name: tuple(sorted(users[name])) for name in sorted(users.keys() - always)
    }
    return Variables(tuple(sorted(always)), asked_by)


def connectors_of(module: ModuleScope, chain: Chain) -> set[str]:
    """The callables that a run of the chain must be given."""
    needed: set[str] = set()
    for step in _steps(module, chain):
        names = [fallback.connector for fallback in tries_of(module, step).fallbacks]
        names += [] if step.called is None else [step.called]
        needed.update(name for name in names if name not in module.connectors)
        needed |= set() if step.given is None else {step.given}
    return needed


def replaceable(module: ModuleScope, chain: Chain) -> tuple[str, ...]:
    """All connectors of the module, where a run of the chain asks one of the spec's."""
    asked = (call for step in _steps(module, chain) for call in asked_of(module, step))
    if not any(isinstance(call, Connector) for call in asked):
        return ()
    known = {*module.connectors}
    for one in module.spec.chains:
        known |= connectors_of(module, one)
    return tuple(sorted(known))


def closers(
    module: ModuleScope, chains: Iterable[Chain], calls: ModelCalls
) -> tuple[str, ...]:
    """The functions that close what the module keeps open."""
    uses_http = any(makes_requests(module, chain) for chain in chains)
    return (
        *(("close_clients",) if uses_http else ()),
        *(("close_caches",) if calls.uses_files else ()),
        *(("close_states",) if any(module.states.stored) else ()),
        *(("close_actors",) if module.actors.outlive_runs else ()),
    )


def makes_requests(module: ModuleScope, chain: Chain) -> bool:
    """Whether a run of the chain may send requests over HTTP."""
    connections = {c.name: c for c in module.spec.connections}
    for step in _steps(module, chain):
        if step.makes_requests:
            return True
        for asked in asked_of(module, step):
            name = asked.connection or next(iter(connections))
            if connections[name].asks_server:
                return True
    return False


def _steps(module: ModuleScope, chain: Chain) -> list[Step]:
    """The steps of a chain and of all chains that it calls."""
    return [
        entry
        for found in _chains(module, chain)
        for entry in every_entry(found.steps)
        if isinstance(entry, Step)
    ]


def _chains(module: ModuleScope, chain: Chain) -> list[Chain]:
    """A chain and all chains that it calls, directly or through others."""
    return with_called([chain], {found.name: found for found in module.spec.chains})
