"""Every entry of a body of steps, and the labels of places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from n3gen.diagnostics import Label
from n3gen.spec.entries import every_entry
from n3gen.spec.model import (
    Chain,
    ChainStep,
    Entry,
    Finally,
    Place,
    Spec,
    StageStep,
    Step,
    Within,
)
from n3gen.syntax.document import Document

__all__ = [
    "Places",
    "all_steps",
    "are_branches",
    "entries_in_time",
    "every_entry",
    "every_part",
    "parts_inside",
    "with_called",
]


def every_part(chain: Chain) -> Iterator[Entry | Chain]:
    """All entries of a chain, and then the chain itself: whatever has texts."""
    yield from every_entry(chain.steps)
    yield chain


def entries_in_time(
    entries: Iterable[Entry], *, withins: bool = True
) -> Iterator[Entry]:
    """All entries that the deadline of what they are in ends.

    Not so what is in a `finally`, which has a time of its own then, and without `withins`
    what the deadline of a `within` among them ends sooner.
    """
    for entry in entries:
        yield entry
        own = entry.steps if isinstance(entry, Within) and not withins else None
        bodies = () if isinstance(entry, Finally) else entry.bodies
        for body in bodies:
            if body is not own:
                yield from entries_in_time(body, withins=withins)


def all_steps(spec: Spec) -> Iterator[Step]:
    """All steps of all chains."""
    for chain in spec.chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, Step):
                yield entry


def are_branches(name: str, entries: Iterable[Entry], chain: Chain) -> bool:
    """Whether entries of one name all are in branches of one block that gives it."""
    own = {id(entry) for entry in entries}
    for block in every_entry(chain.steps):
        if name in block.gives and len(block.bodies) > 1:
            inner = {id(one) for body in block.bodies for one in every_entry(body)}
            if own <= inner:
                return True
    return False


def with_called(chains: Iterable[Chain], known: Mapping[str, Chain]) -> list[Chain]:
    """Some chains and all that they run, directly or through others, each once.

    `known` has the chains by their names; what it lacks is left out.
    """
    waiting = list(chains)
    seen = {chain.name for chain in waiting}
    for chain in waiting:
        for target in chain.calls:
            called = known.get(target)
            if called is not None and called.name not in seen:
                seen.add(called.name)
                waiting.append(called)
    return waiting


def parts_inside(
    step: ChainStep | StageStep, known: Mapping[str, Chain]
) -> Iterator[Entry | Chain]:
    """All entries inside of a step, and the chains that run there."""
    own = [*every_entry(step.steps)] if isinstance(step, StageStep) else []
    yield from own
    calls = [one for one in (*own, step) if isinstance(one, ChainStep)]
    targets = [one.target or "" for one in calls]
    called = [known[target] for target in targets if target in known]
    for chain in with_called(called, known):
        yield from every_part(chain)


@dataclass(frozen=True, slots=True)
class Places:
    """Turn places of a spec into labels, by the documents that it was read from."""

    documents: Mapping[str, Document]

    def value(self, place: Place, text: str = "") -> Label:
        """A label under the value at `place`."""
        return self.documents[place.path].label(place.loc, text)

    def key(self, place: Place, text: str = "") -> Label:
        """A label under the key at `place`."""
        return self.documents[place.path].key_label(place.loc, text)

    def name(self, place: Place, text: str = "") -> Label:
        """A label under the name of the step, the block or the definition at `place`."""
        document = self.documents[place.path]
        if isinstance(place.loc[-1], int):
            return document.label((*place.loc, "name"), text)
        return document.key_label(place.loc, text)

    def part(self, place: Place, start: int, end: int, text: str = "") -> Label:
        """A label under some characters of the text at `place`."""
        return self.documents[place.path].text_label(place.loc, start, end, text)

    def is_quoted(self, place: Place) -> bool:
        """Say whether the text at `place` is written in quotes."""
        document = self.documents[place.path]
        start = document.span(place.loc).start
        return document.source.text[start : start + 1] in ("'", '"')

    def data(self, place: Place) -> Any:
        """The data at `place`, or `None` where there is none."""
        found: Any = self.documents[place.path].data
        for key in place.loc:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            else:
                return None
        return found
