"""What was found in the chains of a file that is being edited, kept for its next text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from n3gen.check.error_uses import keeps_errors
from n3gen.check.filled_states import given_states
from n3gen.check.finders import all_finders, is_of_chains
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.functions import PythonSources
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Tree
from n3gen.semantics.walk import with_called
from n3gen.spec.model import Chain
from n3gen.syntax.document import Document
from n3gen.syntax.regions import Regions, data_text, moved

__all__ = ["KeptProblems"]

_APART: Final = ("chains", "pipelines", "tests")
"""Sections whose definitions no chain reads, but for the chains that it runs."""

_Found = tuple[tuple[Diagnostic, ...], ...]
"""What each finder of chains found in a chain."""


@dataclass
class KeptProblems:
    """The problems of each chain, and all that they depend on.

    They hold where the chain, those that it runs or that run it, and all that stands
    outside of chains have the same texts as before. What depends on Python modules,
    which may change at any time, is not kept.
    """

    around: object = None
    regions: Mapping[str, Regions] = field(default_factory=dict[str, Regions])
    found: Mapping[str, tuple[object, _Found]] = field(
        default_factory=dict[str, tuple[object, _Found]]
    )
    trees: Mapping[str, tuple[Chain, Tree]] = field(
        default_factory=dict[str, tuple[Chain, Tree]]
    )

    def problems(self, known: Semantics) -> list[Diagnostic]:
        """Return all that the finders find, looking only into chains that have changed."""
        self._put_trees(known)
        documents = known.documents.items()
        now = {path: Regions.of(document) for path, document in documents}
        around = _around(known, now)
        before = self.found if around == self.around else {}
        keys = _Keys(known, now)
        found: dict[str, _Found] = {}
        kept: dict[str, tuple[object, _Found]] = {}
        for chain in known.spec.chains:
            key = keys.of(chain)
            old = before.get(chain.name)
            there = old and old[0] == key and _moved(old[1], self.regions, now)
            is_kept = key is not None
            if not there:
                there, is_pure = _looked_for(known, chain)
                is_kept = is_kept and is_pure
            found[chain.name] = there
            if is_kept:
                kept[chain.name] = key, there
        self.around, self.regions, self.found = around, now, kept
        all_found = list(_in_order(known, found))
        trees = known.trees.known().items()
        self.trees = {name: (known.chains[name], tree) for name, tree in trees}
        return all_found

    def _put_trees(self, known: Semantics) -> None:
        """Let the trees of the chains that are still the same be known."""
        for chain in known.spec.chains:
            before, tree = self.trees.get(chain.name, (None, None))
            is_whole = chain.name not in known.spec.rejected
            if tree is not None and before is chain and tree.is_whole == is_whole:
                known.trees.put(chain.name, tree)


def _in_order(known: Semantics, found: Mapping[str, _Found]) -> Iterator[Diagnostic]:
    """Everything in the order of the finders."""
    at = 0
    for finder in all_finders():
        if is_of_chains(finder):
            for chain in known.spec.chains:
                yield from found[chain.name][at]
            at += 1
        else:
            yield from finder(known)


def _looked_for(known: Semantics, chain: Chain) -> tuple[_Found, bool]:
    """What is found in a chain, and whether it depends on nothing but texts of specs."""
    python = _Asked(known.python) if known.python is not None else None
    one = known.within(chain, python)
    finders = (finder for finder in all_finders() if is_of_chains(finder))
    found = tuple(tuple(finder(one)) for finder in finders)
    return found, python is None or not python.is_asked


def _moved(
    found: _Found, before: Mapping[str, Regions], now: Mapping[str, Regions]
) -> _Found | None:
    """The problems at their places now; `None` where one of these has changed."""
    all_moved: list[tuple[Diagnostic, ...]] = []
    for problems in found:
        there = [moved(problem, before, now) for problem in problems]
        if None in there:
            return None
        all_moved.append(tuple(filter(None, there)))
    return tuple(all_moved)


def _around(known: Semantics, now: Mapping[str, Regions]) -> object:
    """All that problems of chains depend on beside chains."""
    spec = known.spec
    return (
        [(path, list(_outside(known.documents[path], now[path]))) for path in now],
        spec.rejected - {chain.name for chain in spec.chains},
        spec.lacks_files,
        given_states(known),
        keeps_errors(spec),
        (known.is_durable, known.chain_timeout, known.python is None),
    )


def _outside(document: Document, regions: Regions) -> Iterator[object]:
    """What stands in a file outside of its chains and tests."""
    for loc in regions.locs:
        if not (len(loc) == 2 and loc[0] in _APART):
            yield loc, regions.text(loc)
    data = {key: one for key, one in document.data.items() if key not in _APART}
    yield data_text(document, data)


class _Keys:
    """What the problems of each chain depend on."""

    def __init__(self, known: Semantics, now: Mapping[str, Regions]) -> None:
        self.known = known
        self.now = now
        self.callers: dict[str, list[str]] = {}
        self.texts = {chain.name: self._text(chain) for chain in known.spec.chains}
        for chain in known.spec.chains:
            for called in chain.calls:
                self.callers.setdefault(called, []).append(chain.name)

    def of(self, chain: Chain) -> object:
        """The texts that count for a chain; `None` where it is never the same."""
        called = [one.name for one in with_called([chain], self.known.chains)]
        above = self._above(chain.name)
        # In a circle, what is known of a chain depends on which was asked for first.
        if any(name in self._above(name) for name in called):
            return None
        texts = [(name, self.texts[name]) for name in sorted({*called, *above})]
        return None if self.texts[chain.name] is None else texts

    def _above(self, name: str) -> set[str]:
        """The chains that run a chain, directly or through others."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = {*self.callers.get(waiting.pop(), ())} - found
            found |= new
            waiting += new
        return found

    def _text(self, chain: Chain) -> tuple[object, ...] | None:
        place = chain.place
        text = self.now[place.path].text(place.loc)
        if text is None:
            return None
        document = self.known.documents[place.path]
        data = data_text(document, self.known.places.data(place))
        called = self.known.calls.all_of(chain)
        is_rejected = chain.name in self.known.spec.rejected
        return place.path, text, data, called, is_rejected


class _Asked:
    """Python modules, and whether anything was asked of them."""

    def __init__(self, sources: PythonSources) -> None:
        self.sources = sources
        self.is_asked = False

    def text(self, module: str) -> str | None:
        self.is_asked = True
        return self.sources.text(module)

    def lacks(self, module: str) -> bool:
        self.is_asked = True
        return self.sources.lacks(module)

    def knows(self, module: str) -> bool:
        self.is_asked = True
        return self.sources.knows(module)
