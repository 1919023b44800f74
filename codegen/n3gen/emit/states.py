"""How the states of a spec are read in the functions of one module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.emit.link import Names
from n3gen.expressions import Name
from n3gen.names import python_name, state_of
from n3gen.semantics.shapes import shape_of
from n3gen.spec.model import Spec, State

__all__ = ["ModuleStates"]


class ModuleStates:
    """The states of one module, by their names; `constants` are what they are called."""

    def __init__(self, spec: Spec, names: Names) -> None:
        self.known: Mapping[str, State] = {state.name: state for state in spec.states}
        self.constants = {
            known: names.own(f"{python_name(known).upper()}_STATE")
            for known in self.known
        }
        self.names: Mapping[str, Name] = {
            state_of(state.name): self._name(state, spec) for state in spec.states
        }

    @property
    def stored(self) -> Iterator[State]:
        """Those that outlive the process."""
        return (state for state in self.known.values() if state.scope == "stored")

    def _name(self, state: State, spec: Spec) -> Name:
        """What reads a state where an expression stands."""
        source = f"{self.constants[state.name]}.read(run)"
        shape, is_stored = shape_of(state.type, spec), state.scope == "stored"
        return Name(
            source,
            shape,
            may_be_none=state.type.may_be_none,
            is_fallible=is_stored or state.by is not None,
            is_awaited=is_stored,
        )
