"""Loading of a document and those that it uses: their spec, and what is wrong in its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from n3gen.diagnostics import Diagnostic
from n3gen.source import Loc
from n3gen.spec.actors import Actor, read_actor
from n3gen.spec.chains import read_chain
from n3gen.spec.channels import Channel, read_channel
from n3gen.spec.connections import read_connection
from n3gen.spec.definitions import read_connector, read_type
from n3gen.spec.kept_chains import KeptChains
from n3gen.spec.limits import Limit, read_limit
from n3gen.spec.misread_files import misread
from n3gen.spec.model import Chain, Connection, Connector, Spec, TypeDef
from n3gen.spec.pipelines import read_pipeline
from n3gen.spec.reader import Reader
from n3gen.spec.rules import (
    CircularUse,
    DuplicateName,
    UnknownFile,
    WrongType,
)
from n3gen.spec.sections import SECTIONS, unknown_section
from n3gen.spec.states import State, read_state
from n3gen.spec.test_nodes import Test
from n3gen.spec.tests import read_test
from n3gen.spec.values import described, shown
from n3gen.syntax.document import Document
from n3gen.syntax.uses import resolve_use

__all__ = ["load_spec", "reachable"]


def load_spec(
    document: Document, used: Mapping[str, Document], kept: KeptChains | None = None
) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec of `document` and the definitions of the files that it uses.

    `used` maps shown paths to the documents that it uses, directly or through
    others. What is wrong is reported and left out of the spec, so that the rest can
    still be checked; `None` where nothing of it is left. `kept` are the chains of an
    earlier text.
    """
    if kept is not None:
        kept.begin()
    files = reachable(document, used)
    known = {*used, document.source.path}
    found: list[Diagnostic] = []
    loaded = _Loaded(document, kept)
    for file in files:
        faults = list(_use_faults(file, known))
        loaded.lacks_files |= bool(faults)
        found.extend(faults)
        loaded.add(file, Reader(file, _default_connection(file, used), found))
    circles = list(_circles(document, used))
    loaded.lacks_files |= bool(circles)
    found.extend(circles)
    spec = loaded.spec()
    empty = not (spec.chains or spec.connections or spec.connectors or spec.types)
    return (None if empty and found else spec), found


def _uses(document: Document) -> tuple[str, ...]:
    entries = document.data.get("use")
    if not isinstance(entries, list):
        return ()
    return tuple(entry for entry in entries if isinstance(entry, str))


def _targets(document: Document, used: Mapping[str, Document]) -> Iterator[Document]:
    for text in _uses(document):
        for path in resolve_use(document.source.path, text):
            if path in used:
                yield used[path]
                break


def reachable(document: Document, used: Mapping[str, Document]) -> list[Document]:
    """The document and all that it uses, directly or through others, each once."""
    files = {document.source.path: document}
    waiting = [document]
    while waiting:
        for target in _targets(waiting.pop(), used):
            if target.source.path not in files:
                files[target.source.path] = target
                waiting.append(target)
    return list(files.values())


def _use_faults(file: Document, known: Set[str]) -> Iterator[Diagnostic]:
    entries = file.data.get("use")
    if entries is not None and not isinstance(entries, list):
        label = file.label(("use",))
        yield WrongType.of("`use`", "a list", described(entries), label)
        return
    for index, text in enumerate(entries or []):
        label = file.label(("use", index))
        if not isinstance(text, str):
            yield WrongType.of("a `use`", "a path", described(text), label)
            continue
        paths = resolve_use(file.source.path, text)
        if not paths:
            yield UnknownFile.outside(shown(text), label)
        elif not any(path in known for path in paths):
            yield UnknownFile.of(shown(text), label)


def _circles(document: Document, used: Mapping[str, Document]) -> Iterator[Diagnostic]:
    """Find files that use each other: each circle once, from its first file by name.

    So all files of a circle report it alike.
    """
    known = {**used, document.source.path: document}
    done: set[str] = set()
    way: list[str] = [document.source.path]
    waiting = [iter(_edges(document, known))]
    while waiting:
        edge = next(waiting[-1], None)
        if edge is None:
            waiting.pop()
            done.add(way.pop())
            continue
        _, path = edge
        if path in way:
            circle = way[way.index(path) :]
            start = circle.index(min(circle))
            circle = [*circle[start:], *circle[:start]]
            last = known[circle[-1]]
            closing = next(at for at, to in _edges(last, known) if to == circle[0])
            yield CircularUse.of(circle, last.label(("use", closing)))
        elif path not in done:
            way.append(path)
            waiting.append(iter(_edges(known[path], known)))


def _edges(
    document: Document, known: Mapping[str, Document]
) -> Iterator[tuple[int, str]]:
    """Yield the files that a document uses, each with the index of its entry."""
    entries = document.data.get("use")
    for index, text in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(text, str):
            paths = resolve_use(document.source.path, text)
            found = next((path for path in paths if path in known), None)
            if found is not None:
                yield index, found


def _default_connection(document: Document, used: Mapping[str, Document]) -> str | None:
    """The connection that model calls of a file mean: its only one, used ones counted."""
    names: set[str] = set()
    for file in reachable(document, used):
        section = file.data.get("connections")
        if isinstance(section, dict):
            names.update(name for name in section if isinstance(name, str))
    return names.pop() if len(names) == 1 else None


@dataclass
class _Loaded:
    """What has been read so far, of all files."""

    main: Document
    kept: KeptChains | None = None
    chains: list[Chain] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    connectors: list[Connector] = field(default_factory=list)
    types: list[TypeDef] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    lacks_files: bool = False
    places: dict[tuple[str, str], tuple[Document, Loc]] = field(default_factory=dict)

    def spec(self) -> Spec:
        return Spec(
            path=self.main.source.path,
            chains=tuple(self.chains),
            connections=tuple(self.connections),
            connectors=tuple(self.connectors),
            types=tuple(self.types),
            limits=tuple(self.limits),
            channels=tuple(self.channels),
            states=tuple(self.states),
            actors=tuple(self.actors),
            tests=tuple(self.tests),
            rejected=frozenset(self.rejected),
            lacks_files=self.lacks_files,
        )

    def add(self, file: Document, reader: Reader) -> None:
        """Read all sections of a file."""
        if slip := misread(file):
            self.lacks_files = True
            reader.report(slip)
            return
        for key, section in file.data.items():
            # The tests of a file are run with that file alone.
            if key == "use" or (key == "tests" and file is not self.main):
                continue
            if key not in SECTIONS:
                self.lacks_files |= unknown_section(reader, key)
                continue
            self.lacks_files |= not isinstance(section, dict | None)
            for name, data in reader.mapping((key,), section, f"`{key}`").items():
                loc = (key, name)
                label = file.key_label(loc)
                if reader.name(name, label) is None:
                    self.rejected.add(shown(name))
                elif self._is_new(reader, loc, name):
                    self._add(reader, loc, name, data)

    def _is_new(self, reader: Reader, loc: Loc, name: str) -> bool:
        section = str(loc[0])
        # A pipeline is a chain, and called like one.
        kind = "chains" if section == "pipelines" else section
        first = self.places.setdefault((kind, name), (reader.document, loc))
        if first == (reader.document, loc):
            return True
        here = reader.document.key_label(loc)
        there = first[0].key_label(first[1])
        if first[0] is self.main and reader.document is not self.main:
            here, there = there, here
        what = SECTIONS[str(first[1][0])]
        reader.report(DuplicateName.of(what, shown(name), here, there))
        return False

    def _add(self, reader: Reader, loc: Loc, name: str, data: Any) -> None:
        """Read one definition; a chain that has lost a name is left out as a whole."""
        reader.rejected = False
        before = len(reader.found)
        match loc[0]:
            case "chains" | "pipelines":
                self._add_chain(reader, loc, name, data)
            case "connections":
                connection = read_connection(reader, loc, name, data)
                self.connections.extend([connection] if connection else [])
            case "connectors":
                connector = read_connector(reader, loc, name, data)
                self.connectors.extend([connector] if connector else [])
            case "types":
                record = read_type(reader, loc, name, data)
                self.types.extend([record] if record else [])
            case "limits":
                limit = read_limit(reader, loc, name, data)
                self.limits.extend([limit] if limit else [])
            case "channels":
                channel = read_channel(reader, loc, name, data)
                self.channels.extend([channel] if channel else [])
            case "states":
                state = read_state(reader, loc, name, data)
                self.states.extend([state] if state else [])
            case "actors":
                actor = read_actor(reader, loc, name, data)
                self.actors.extend([actor] if actor else [])
            case "tests":
                test = read_test(reader, loc, name, data)
                self.tests.extend([test] if test else [])
        if len(reader.found) > before and loc[0] != "tests":
            self.rejected.add(name)

    def _add_chain(self, reader: Reader, loc: Loc, name: str, data: Any) -> None:
        if self.kept is not None and (known := self.kept.find(reader, loc, data)):
            self.chains.append(known)
            return
        before = len(reader.found)
        read = read_chain if loc[0] == "chains" else read_pipeline
        chain = read(reader, loc, name, data)
        if chain is None or reader.rejected:
            return
        is_used = reader.document is not self.main
        chain = chain.model_copy(update={"used": is_used})
        self.chains.append(chain)
        if self.kept is not None and len(reader.found) == before:
            self.kept.keep(reader, loc, data, chain)
