"""The states that have a value by the time a chain reads them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from n3gen.semantics.guards import Path
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import references_of
from n3gen.semantics.walk import all_steps, every_entry
from n3gen.spec.model import Chain, Entry, StateStep, Step

__all__ = ["FilledStates", "given_states"]

_FILLING: Final = ("append", "merge", "set", "update")
"""Changes of a state after which it is hardly none."""


def given_states(known: Semantics) -> Mapping[str, int]:
    """The states that steps of any chains give a value, and how many do so."""
    found: dict[str, int] = {}
    for step in all_steps(known.spec):
        if isinstance(step, StateStep) and {*step.operations} & {*_FILLING}:
            found[step.state_name] = found.get(step.state_name, 0) + 1
    return found


class FilledStates:
    """Which states have a value where the parts of one chain read them.

    One that is given a value somewhere is taken to have it everywhere, but for what is
    printed before the first of the steps that do so, if all of these are the chain's own.
    """

    def __init__(self, chain: Chain, given: Mapping[str, int]) -> None:
        self.given = given
        self.entries = [*every_entry(chain.steps)]

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {id(entry): place for place, entry in enumerate(self.entries)}

    @cached_property
    def _readers(self) -> frozenset[str | None]:
        """The steps that read one of these states."""
        own = (one for one in self.entries if isinstance(one, StateStep))
        return frozenset(step.name for step in own if step.state_name in self.given)

    def has(self, path: Path, part: Entry | Chain, *, is_printed: bool) -> bool:
        """Whether a path that a part reads is a state that has a value there."""
        if len(path) == 1:
            return path[0] in self._readers
        if len(path) != 2 or path[0] != "state" or path[1] not in self.given:
            return False
        return not (is_printed and self._is_early(path[1], part))

    def _is_early(self, name: str, part: Entry | Chain) -> bool:
        """Whether a part runs before all steps that give a state its value."""
        at = self._places.get(id(part))
        writers = [
            place
            for place, entry in enumerate(self.entries)
            if isinstance(entry, StateStep) and entry.state_name == name
            if {*entry.operations} & {*_FILLING}
        ]
        if at is None or len(writers) < self.given[name] or at > min(writers):
            return False
        later = {entry.name for entry in self.entries[at + 1 :]}
        needed = {*part.depends_on} if isinstance(part, Step) else set[str]()
        return not later & (needed | references_of(part))
