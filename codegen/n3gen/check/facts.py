"""Facts that expressions read: of the records of steps, of the rounds of loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from n3gen.check.finders import chain_finder
from n3gen.check.rules.block_fact_rules import NearFact, OtherFact
from n3gen.check.rules.fact_rules import (
    ManyWinners,
    NoRecord,
    NoRound,
    ShadowedField,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.expressions import Reference
from n3gen.expressions.rules import UnknownField
from n3gen.names import record_of
from n3gen.semantics.field_types import field_names, has_field
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.spec.model import Chain, Entry, For, OnError, Place, Race, Text, While
from n3gen.spec.values import shown

__all__ = ["BLOCK_FACTS", "check_facts", "near_fact"]

BLOCK_FACTS: Final = {"winner": "race", "exhausted": "while"}
"""The words of blocks that have a fact."""


_PLAIN: Final = frozenset(("str", "int", "float", "bool", "list", "one of", "file"))
"""Types whose values have no fields."""


def near_fact(entry: While | Race, field: str) -> str | None:
    """The fact of a block that a field is almost spelled like."""
    facts = [fact for fact, word in BLOCK_FACTS.items() if word == entry.word]
    return nearest(field, facts)


@chain_finder
def check_facts(known: Semantics) -> Iterator[Diagnostic]:
    """Find facts that nothing has, and those that are mistaken for fields."""
    for chain in known.checked:
        tree = known.trees[chain.name]
        for owner, text, block in _texts(chain, tree):
            place = Place(owner.place.path, (*owner.place.loc, *text.keys))
            for reference in parsed(text).references:
                reader = _Reader(known, chain, block, place, reference)
                if reference.root == "loop":
                    yield from reader.round_faults(text)
                elif reference.fact:
                    yield from reader.record_faults()
                elif reference.root in ("name", "step"):
                    yield from reader.block_faults()


def _texts(chain: Chain, tree: Tree) -> Iterator[tuple[Entry | Chain, Text, Block]]:
    """The texts of a chain, each with its owner and the block that it is read in."""
    for spot in tree.spots():
        for text in spot.entry.outer_texts():
            yield spot.entry, text, spot.block
        for text in spot.entry.inner_texts():
            for body in tree.bodies.get(spot, ())[:1]:
                yield spot.entry, text, body
    for text in chain.texts():
        yield chain, text, tree.root


@dataclass(frozen=True, slots=True)
class _Reader:
    """One reference, where it stands."""

    known: Semantics
    chain: Chain
    block: Block
    place: Place
    reference: Reference

    def _label(self) -> Label:
        found = self.reference
        end = found.places[-1][1] if found.places else found.end
        return self.known.places.part(self.place, found.start, end)

    def record_faults(self) -> Iterator[Diagnostic]:
        name, fact = self.reference.name, self.reference.fact
        target = self.block.lookup(name)
        if target is None:
            return  # reported as an unknown name, or as one of another branch
        if self.block.lookup(record_of(name)) is None:
            there = self.known.places.name(target.entry.place, "this block")
            yield NoRecord.of(shown(name), fact, self._label(), there)
            return
        shape = self.known.shapes[self.chain.name].get(name)
        if shape is not None and shape.own(fact) in shape.fields:
            yield ShadowedField.of(shown(name), fact, self._label())

    def block_faults(self) -> Iterator[Diagnostic]:
        """Find facts of blocks of one word that are read of another, or of several winners."""
        name, fact = self.reference.name, (*self.reference.path, "")[0]
        word = BLOCK_FACTS.get(fact)
        target = self.block.lookup(name)
        entry = target.entry if target is not None else None
        if not isinstance(entry, While | Race) or entry.name != name:
            return
        if word is None:
            yield from self._near_fact(entry)
            return
        there = self.known.places.name(entry.place, f"this `{entry.word}`")
        if isinstance(entry, Race) and word == entry.word and _lacks(entry, fact):
            yield ManyWinners.of(shown(name), entry.count, self._label(), there)
        if entry.word != word:
            yield OtherFact.of(shown(name), fact, word, self._label(), there)

    def _near_fact(self, entry: While | Race) -> Iterator[Diagnostic]:
        """Find a field that is almost a fact of its block, and that no value is known to have."""
        name, field = self.reference.name, (*self.reference.path, "")[0]
        fact = near_fact(entry, field)
        start, end = next(iter(self.reference.places), (0, 0))
        shape = self.known.shapes[self.chain.name].get(name)
        # What is read in brackets is meant as a field.
        if (
            fact is None
            or end - start != len(field)
            or (shape is not None and field in shape.fields)
        ):
            return
        there = self.known.places.name(entry.place, f"this `{entry.word}`")
        label = self.known.places.part(self.place, start, end)
        if self._lacks_field(name, field):
            message = f"`{shown(name)}` has no field `{shown(field)}`"
            yield UnknownField.diagnose(message, label, there, meant=fact)
        else:
            yield NearFact.of(shown(name), shown(field), fact, label, there)

    def _lacks_field(self, name: str, field: str) -> bool:
        """Whether the value of a block is of a type without such a field."""
        types = self.known.types[self.chain.name]
        found = types.of_path((name,))
        if found is None or found.name in _PLAIN:
            return found is not None
        is_known = field_names(found, types.records) is not None
        return is_known and not has_field(found, field, types.records)

    def round_faults(self, text: Text) -> Iterator[Diagnostic]:
        loop = self._loop()
        if loop is None:
            yield NoRound.outside(self._label())
            return
        there = self.known.places.name(loop.entry.place, "this loop")
        is_own = self.place.loc[:-1] == loop.entry.place.loc
        if is_own and text.keys == ("while",):
            yield NoRound.condition(self._label(), there)
            return
        if self.reference.path != ("last",):
            return
        way = "read `loop.index`, or decide by what the round gives"
        if isinstance(loop.entry, While):
            why = "a `while` ends when its condition says so"
            yield NoRound.last(why, self._label(), there, way)
        elif isinstance(loop.entry, For) and loop.entry.comes_over_time:
            why = "the items are made while the loop runs"
            yield NoRound.last(why, self._label(), there, way)

    def _loop(self) -> Spot | None:
        """The innermost loop around."""
        block: Block | None = self.block
        while block is not None and block.parent is not None:
            if block.parent.entry.counts:
                return block.parent
            block = block.parent.block
        return None


def _lacks(race: Race, fact: str) -> bool:
    """Whether a race of several winners has no value under the name of a fact.

    A contender may have that name, and a clause may give what it likes.
    """
    is_given = any(one.name == fact for one in race.contenders)
    has_clause = any(isinstance(one, OnError) for one in race.steps)
    return race.count > 1 and not is_given and not has_clause
