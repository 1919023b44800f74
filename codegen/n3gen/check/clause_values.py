"""Values that clauses give in place of those of steps with a declared type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.check.finders import chain_finder
from n3gen.check.payloads import may_be, unfit
from n3gen.check.reading_words import of_type
from n3gen.check.rules.ending_rules import UnfitClause
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.value_types import ValueTypes, given_type, state_type
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Entry, Step, TypeRef, ValueStep
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_clause_values"]


@chain_finder
def check_clause_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find clauses whose value is not of the type that their step declares."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        types = known.types[chain.name]
        for entry in every_entry(chain.steps):
            if isinstance(entry, Step) and entry.output is not None:
                for clause in entry.endings:
                    if clause.has_value:
                        (steps,) = clause.bodies
                        values = _ClauseValues(known, types, entry, entry.output)
                        yield from values.of(steps)


@dataclass(frozen=True, slots=True)
class _ClauseValues:
    """What the clauses of a step give, which is to be of the type `wanted`."""

    known: Semantics
    types: ValueTypes
    step: Step
    wanted: TypeRef

    def of(self, steps: tuple[Entry, ...]) -> Iterator[Diagnostic]:
        """The value of the last step; that of a block depends on the run."""
        bodies = [entry for entry in steps if not entry.is_ending]
        last = bodies[-1] if bodies else None
        if not isinstance(last, Step) or last.endings or last.may_be_skipped:
            return
        place = last.place / ("value" if isinstance(last, ValueStep) else "name")
        if isinstance(last, ValueStep):
            given = unfit(last.value, self.wanted, self.types)
        else:
            states = {state.name: state.type for state in self.known.spec.states}
            found = state_type(last, states) or given_type(last, self.known.connectors)
            given = None
            if found is not None and not may_be(found, self.wanted, self.types):
                given = of_type(found)
        if given is not None:
            label = self.known.places.value(place)
            output = self.known.places.value(
                self.step.place / "output", "declared here"
            )
            name, wanted = shown(self.step.name), shown(spelled(self.wanted))
            yield UnfitClause.of(name, wanted, given, label, output)
