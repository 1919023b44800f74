"""The texts of a chain, each read once for all that asks about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from n3gen.semantics.guards import Guarded, guarded_texts
from n3gen.semantics.typed_texts import TypedText, texts_of
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places, every_part
from n3gen.spec.model import Chain, Entry

__all__ = ["ChainTexts"]


@dataclass(frozen=True)
class ChainTexts:
    """The expressions and templates of a chain and of its entries that have no fault."""

    chain: Chain
    types: ValueTypes
    places: Places

    def __iter__(self) -> Iterator[TypedText]:
        for texts in self._by_part.values():
            yield from texts

    def of(self, part: Entry | Chain) -> tuple[TypedText, ...]:
        """Return the own texts of an entry, or of the chain itself."""
        return self._by_part[id(part)]

    @cached_property
    def guarded(self) -> tuple[Guarded, ...]:
        """All texts, each with the paths that are looked after before it."""
        return tuple(guarded_texts(self.chain, self.of))

    @cached_property
    def _by_part(self) -> Mapping[int, tuple[TypedText, ...]]:
        return {
            id(part): tuple(texts_of(part, self.types, self.places))
            for part in every_part(self.chain)
        }
