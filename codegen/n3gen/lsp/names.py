"""The names of specs: where each is defined, and where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from n3gen.lsp.field_names import field_places, payload_keys
from n3gen.lsp.occurrences import QUOTES, Occurrence, Target, named_at
from n3gen.lsp.tables import Spot as DataSpot
from n3gen.lsp.tables import spots_in
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.step_paths import names_along
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.source import Loc, Span
from n3gen.spec.key_shapes import Mapping, Name, OneOf, OrTemplate, Shape, TypeText
from n3gen.spec.model import Chain, ChainStep, Entry, For, Place, Stage, Step, Text
from n3gen.syntax.document import Document
from n3gen.syntax.uses import resolve_use
from n3gen.syntax.words import WORDS

if TYPE_CHECKING:
    from n3gen.lsp.readings import Reading

__all__ = ["alike", "file_at", "occurrences", "word_at"]

_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")


def occurrences(reading: Reading) -> list[Occurrence]:
    """Every name in a file and in the files that it uses, in the order of places."""
    found = _Names(reading).all()
    unique = {
        (o.file.path, o.span.start, o.span.end, o.target, o.is_definition): o
        for o in found
    }
    return sorted(unique.values(), key=lambda o: (o.file.path, o.span.start))


def word_at(reading: Reading, offset: int) -> Occurrence | None:
    """The name at an offset of the file itself."""
    here = [
        one
        for one in reading.names
        if one.file.path == reading.path and one.span.start <= offset <= one.span.end
    ]
    return min(here, key=lambda one: one.span.end - one.span.start, default=None)


def alike(names: Iterable[Occurrence], target: Target) -> set[Target]:
    """A target, and those that one name means together with it, as after branches."""
    meanings: dict[tuple[str, Span], set[Target]] = {}
    for one in names:
        if one.target.name == target.name:
            place = (one.file.path, one.span)
            meanings.setdefault(place, set()).add(one.target)
    found, waiting = {target}, [target]
    together = [targets for targets in meanings.values() if len(targets) > 1]
    while waiting:
        target = waiting.pop()
        for targets in together:
            if target in targets:
                waiting += targets - found
                found |= targets
    return found


def file_at(reading: Reading, offset: int) -> str | None:
    """The shown path of the file that a `use` at an offset names."""
    document = reading.document
    entries = document.data.get("use") if document is not None else None
    for index, text in enumerate(entries if isinstance(entries, list) else ()):
        assert document is not None
        span = document.span(("use", index))
        if span.start <= offset <= span.end and isinstance(text, str):
            paths = resolve_use(reading.path, text)
            known = reading.compilation.documents
            return next((path for path in paths if path in known), None)
    return None


class _Names:
    """The names of one reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.documents = reading.compilation.documents
        self.sections: dict[tuple[str, str], Target] = {}

    def all(self) -> Iterator[Occurrence]:
        for document in self.documents.values():
            yield from self._definitions(document)
        for document in self.documents.values():
            yield from self._named(document)
        known = self.reading.known
        if known is None:
            return
        for chain in known.spec.chains:
            if chain.place.path in self.documents:
                yield from _ChainNames(self, chain, known.trees[chain.name]).all()
        for field, document, span in payload_keys(known, self.documents):
            target = Target(field.place.path, field.place.loc, field.key)
            yield named_at(target, document, span)
        yield from self._fields(known)
        yield from self._tests(known)

    def _fields(self, known: Semantics) -> Iterator[Occurrence]:
        """The fields of declared types."""
        for one in field_places(known):
            document = self.documents.get(one.place.path)
            if document is not None:
                own, loc, is_own = one.field.place, one.place.loc, one.part is None
                span = document.text_span(loc, *one.part) if one.part else None
                span = span or document.key_span(loc)
                target = Target(own.path, own.loc, one.name)
                yield named_at(target, document, span, is_definition=is_own)

    def _definitions(self, document: Document) -> Iterator[Occurrence]:
        for section in WORDS.definitions():
            data = document.data.get(section)
            for name in data if isinstance(data, dict) else ():
                loc = (section, name)
                if loc in document.keys:
                    target = Target(document.source.path, loc, str(name))
                    self.sections.setdefault((section, str(name)), target)
                    span = document.keys[loc]
                    yield named_at(target, document, span, is_definition=True)

    def defined(self, section: str, name: str) -> Target | None:
        """The definition of a name; a pipeline is called as a chain is."""
        found = self.sections.get((section, name))
        if found is None and section == "chains":
            return self.sections.get(("pipelines", name))
        return found

    def _named(self, document: Document) -> Iterator[Occurrence]:
        """The names under keys that hold names of definitions, or types."""
        for spot in spots_in(document.data):
            yield from self._keys(document, spot)
            if not isinstance(spot.value, str) or spot.loc not in document.values:
                continue
            for shape in _leaves(spot.shapes):
                if isinstance(shape, Name) and shape.of not in ("", "steps"):
                    target = self.defined(shape.of, spot.value)
                    if target is not None:
                        span = document.values[spot.loc]
                        yield named_at(target, document, span)
                elif isinstance(shape, TypeText):
                    yield from self._types(document, spot.loc, spot.value)

    def _keys(self, document: Document, spot: DataSpot) -> Iterator[Occurrence]:
        """The names of definitions that are keys of a mapping."""
        for shape in _leaves(spot.shapes):
            if isinstance(shape, Mapping) and shape.names is not None:
                for key in spot.value if isinstance(spot.value, dict) else ():
                    target = self.defined(shape.names.of, str(key))
                    span = document.keys.get((*spot.loc, key))
                    if target is not None and span is not None:
                        yield named_at(target, document, span)

    def _types(self, document: Document, loc: Loc, text: str) -> Iterator[Occurrence]:
        for found in _IDENTIFIER.finditer(text):
            target = self.defined("types", found[0])
            if target is not None:
                span = document.text_span(loc, *found.span())
                yield named_at(target, document, span)

    def _tests(self, known: Semantics) -> Iterator[Occurrence]:
        """The steps that tests of the file name in their mocks and expectations."""
        document = self.documents[known.spec.path]
        for test in known.spec.tests:
            tree = known.trees.get(test.chain)
            for part in (("mock",), ("expect", "steps")) if tree else ():
                place = (*test.place.loc, *part)
                for loc, span in document.keys.items():
                    if loc[:-1] == place:
                        yield from _along(str(loc[-1]), known, tree, document, span)


def _along(
    path: str, known: Semantics, tree: Tree | None, document: Document, span: Span
) -> Iterator[Occurrence]:
    """The names of the path of a step, which may go through other chains."""
    written = document.source.text[span.start : span.end]
    for at, name in names_along(path):
        spot = None if tree is None else tree.names.get(name)
        start = span.start + written.find(path) + at
        if spot is None or path not in written:
            return
        target = _target(spot.entry)
        yield named_at(target, document, Span(start, start + len(name)))
        if isinstance(spot.entry, ChainStep):
            tree = known.trees.get(spot.entry.target or "")


class _ChainNames:
    """The names of the steps, blocks, variables and fields of one chain."""

    def __init__(self, names: _Names, chain: Chain, tree: Tree) -> None:
        self.names = names
        self.chain = chain
        self.tree = tree
        self.document = names.documents[chain.place.path]

    def all(self) -> Iterator[Occurrence]:
        for field in self.chain.typed_fields:
            target = Target(field.place.path, field.place.loc, field.key)
            span = self.document.key_span(field.place.loc)
            yield named_at(target, self.document, span, is_definition=True)
        for spot in self.tree.spots():
            yield from self._defined(spot)
            yield from self._waits(spot)
            yield from self._reads(spot)
        for text in self.chain.texts():
            yield from self._text(text, self.chain.place, self.tree.root, None)

    def _defined(self, spot: Spot) -> Iterator[Occurrence]:
        entry = spot.entry
        if entry.name is not None:
            loc = (*entry.place.loc, "name")
            span = self.document.values.get(loc)
            if span is not None:
                yield named_at(_target(entry), self.document, span, is_definition=True)
        for name, key in entry.binds.items():
            if not isinstance(entry, Stage):
                target = _bound(entry, name)
                span = self.document.span((*entry.place.loc, key))
                yield named_at(target, self.document, span, is_definition=True)

    def _waits(self, spot: Spot) -> Iterator[Occurrence]:
        entry = spot.entry
        if not isinstance(entry, Step):
            if isinstance(entry, For) and entry.channel:
                yield from self._channel(entry)
            return
        for index, name in enumerate(entry.depends_on):
            loc = entry.named_at(index).loc
            if loc not in self.document.values:
                loc = loc[:-1]
            yield from self._step_name(spot, name, loc)
        for key in ("cancel", "target"):
            loc = (*entry.place.loc, key)
            if entry.cancelled and loc in self.document.values:
                yield from self._step_name(spot, entry.cancelled, loc)

    def _step_name(self, spot: Spot, name: str, loc: Loc) -> Iterator[Occurrence]:
        found = spot.block.lookup(name)
        if found is not None and loc in self.document.values:
            for target in self._meant(found, name):
                yield named_at(target, self.document, self.document.values[loc])

    def _meant(self, spot: Spot, name: str) -> Iterator[Target]:
        """The entries that give a name: of a block of branches one in each of them."""
        if name in (spot.entry.name, spot.entry.plan_name):
            yield _target(spot.entry)
            return
        for body in self.tree.bodies.get(spot, ()):
            if name in body.indexes:
                yield from self._meant(Spot(body, body.indexes[name]), name)

    def _channel(self, entry: For) -> Iterator[Occurrence]:
        target = self.names.defined("channels", entry.channel or "")
        loc = (*entry.place.loc, "in")
        start = entry.items.rfind(entry.channel or "")
        if target is not None and start >= 0:
            end = start + len(target.name)
            span = self.document.text_span(loc, start, end)
            yield named_at(target, self.document, span)

    def _reads(self, spot: Spot) -> Iterator[Occurrence]:
        entry = spot.entry
        for text in entry.outer_texts():
            yield from self._text(text, entry.place, spot.block, None)
        for text in entry.inner_texts():
            for body in self.tree.bodies.get(spot, ()):
                yield from self._text(text, entry.place, body, spot)

    def _text(
        self, text: Text, place: Place, block: Block, inside: Spot | None
    ) -> Iterator[Occurrence]:
        loc = (*place.loc, *text.keys)
        for reference in parsed(text).references:
            span = self.document.text_span(loc, reference.start, reference.end)
            name = reference.name
            targets: list[Target | None] = []
            if reference.root == "state":
                targets = [self.names.defined("states", name)]
            elif reference.root in ("name", "step"):
                owner = block.variables.get(name)
                if owner is not None and reference.root == "name":
                    targets = [_bound(owner, name)]
                elif (found := block.lookup(name)) or (
                    found := self.tree.names.get(name)
                ):
                    targets += self._meant(found, name)
            elif reference.root == "payload" and reference.path:
                name = reference.path[0]
                targets = [self._field(name)]
                start, end = reference.places[0]
                span = self.document.text_span(loc, start, end)
            written = self.document.source.text[span.start : span.end]
            if written.strip(QUOTES) != name:
                continue  # A stage reads the one before it without naming it.
            for target in targets:
                if target is not None:
                    yield named_at(target, self.document, span)

    def _field(self, name: str) -> Target | None:
        for field in self.chain.input or ():
            if name in (field.key, field.name):
                return Target(field.place.path, field.place.loc, field.key)
        return None


def _target(entry: Entry) -> Target:
    name = entry.name or entry.plan_name or ""
    return Target(entry.place.path, entry.place.loc, name)


def _bound(entry: Entry, name: str) -> Target:
    """The variable that an entry binds for its bodies, or the parameter of a stage."""
    key = entry.binds[name]
    loc = (*entry.place.loc, key)
    return Target(
        entry.place.path, (*loc, name) if isinstance(entry, Stage) else loc, name
    )


def _leaves(shapes: Iterable[Shape]) -> Iterator[Shape]:
    for shape in shapes:
        if isinstance(shape, OneOf | OrTemplate):
            yield from _leaves(shape.parts())
        else:
            yield shape
