"""What a run of a chain needs and leaves open, its sub-chains counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from n3gen.emit.connections import variables_of
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.tries import asked_of, tries_of
from n3gen.semantics.actors import actors_of
from n3gen.semantics.reads import states_used, variables_asked, variables_read
from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.model import (
    Chain,
    Connection,
    Connector,
    ConnectorStep,
    Entry,
    PythonStep,
    Step,
)

__all__ = ["Needs", "closers"]


class Variables(NamedTuple):
    """Environment variables: those of every run, and those of connectors, by the variable."""

    always: tuple[str, ...]
    asked_by: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class Own:
    """What the steps of one chain need, without those of the chains that it calls.

    `always` and `users` are environment variables, these by the connectors that read
    them; `calls` are those of callables that a run must be given, by name, each with the
    names of its arguments, or `None` where it gets the context.
    """

    always: set[str] = field(default_factory=set)
    users: dict[str, set[str]] = field(default_factory=dict)
    calls: set[tuple[str, tuple[str, ...] | None]] = field(default_factory=set)
    asks_connectors: bool = False
    makes_requests: bool = False

    @property
    def connectors(self) -> set[str]:
        """The names of the callables."""
        return {name for name, _ in self.calls}


class Needs:
    """What runs of a module's chains need; the steps of each chain are looked at once."""

    def __init__(self, module: ModuleScope) -> None:
        self.module = module
        self.connections: dict[str, Connection] = {
            one.name: one for one in module.spec.connections
        }
        self.chains = {one.name: one for one in module.spec.chains}
        self.own = {name: self._own(chain) for name, chain in self.chains.items()}
        self.callables = {*module.connectors}
        self.callables.update(*(own.connectors for own in self.own.values()))

    def variables(self, chain: Chain) -> Variables:
        """The environment variables that a run of the chain cannot do without.

        A connector needs none where a run is given a callable in its place.
        """
        always: set[str] = set()
        users: dict[str, set[str]] = {}
        for own in self._all(chain):
            always |= own.always
            for variable, names in own.users.items():
                users.setdefault(variable, set()).update(names)
        asked_by = {
            name: tuple(sorted(users[name])) for name in sorted(users.keys() - always)
        }
        return Variables(tuple(sorted(always)), asked_by)

    def connectors(self, chain: Chain) -> set[str]:
        """The callables that a run of the chain must be given."""
        return {name for own in self._all(chain) for name in own.connectors}

    def with_context(self, chain: Chain) -> tuple[str, ...]:
        """Those of them that are called with the context of their steps."""
        calls = {call for own in self._all(chain) for call in own.calls}
        return tuple(sorted(name for name, given in calls if given is None))

    def by_name(self, chain: Chain) -> tuple[tuple[str, ...], ...]:
        """Those that are called with arguments by name, each with their names behind it."""
        calls = {call for own in self._all(chain) for call in own.calls}
        return tuple(sorted((n, *given) for n, given in calls if given is not None))

    def replaceable(self, chain: Chain) -> tuple[str, ...]:
        """All connectors of the module, where a run of the chain calls one of them."""
        own = [*self._all(chain)]
        if not any(one.asks_connectors or one.connectors for one in own):
            return ()
        return tuple(sorted(self.callables))

    def makes_requests(self, chain: Chain) -> bool:
        """Whether a run of the chain may send requests over HTTP."""
        return any(own.makes_requests for own in self._all(chain))

    def _all(self, chain: Chain) -> Iterator[Own]:
        """What a chain needs, and what all chains do that it calls, through others too."""
        return (self.own[found.name] for found in with_called([chain], self.chains))

    def _own(self, chain: Chain) -> Own:
        own, asked = Own(), set[str]()
        for part in (chain, *every_entry(chain.steps)):
            self._add_part(own, part)
            asked |= variables_asked(part)
            if isinstance(part, Step):
                self._add_step(own, part)
        for name in actors_of(chain):
            own.always |= variables_read(self.module.actors.known[name])
        # A run without these may take another branch.
        own.always -= asked
        return own

    def _add_part(self, own: Own, part: Chain | Entry) -> None:
        own.always |= variables_read(part)
        for name in states_used(part):
            own.always |= variables_read(self.module.states.known[name])

    def _add_step(self, own: Own, step: Step) -> None:
        known = self.module.connectors
        fallbacks = tries_of(self.module, step).fallbacks
        calls: list[tuple[str | None, tuple[str, ...] | None]] = [
            (fallback.connector, None) for fallback in fallbacks
        ]
        given = None
        if isinstance(step, ConnectorStep | PythonStep) and step.with_ is not None:
            given = (*step.with_,)
        calls += [(name, given) for name in (step.called, step.given)]
        own.calls.update(
            (name, given) for name, given in calls if name and name not in known
        )
        own.makes_requests |= step.makes_requests
        for asked in asked_of(self.module, step):
            connection = self.connections[
                asked.connection or next(iter(self.connections))
            ]
            own.makes_requests |= connection.asks_server
            variables = variables_read(connection) | {*variables_of(connection)}
            if not isinstance(asked, Connector):
                own.always |= variables
                continue
            own.asks_connectors = True
            for variable in variables | variables_read(asked):
                own.users.setdefault(variable, set()).add(asked.name)


def closers(
    module: ModuleScope, needs: Needs, chains: Iterable[Chain], calls: ModelCalls
) -> tuple[str, ...]:
    """The functions that close what the module keeps open."""
    uses_http = any(map(needs.makes_requests, chains))
    return (
        *(("close_clients",) if uses_http else ()),
        *(("close_caches",) if calls.uses_files else ()),
        *(("close_states",) if any(module.states.stored) else ()),
        *(("close_actors",) if module.actors.outlive_runs else ()),
    )
