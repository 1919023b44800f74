"""What is known of open files: their texts, and what the compiler made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.uris import from_fs_path, to_fs_path

from n3gen.compiler import Compilation
from n3gen.diagnostics.rule import Diagnostic
from n3gen.lsp.layout import symbols
from n3gen.lsp.shift import Shift
from n3gen.lsp.tokens import tokens
from n3gen.plan.kept import Kept
from n3gen.project.config import Config, find_config
from n3gen.project.edited import Examined, examine, naming
from n3gen.project.find import covers
from n3gen.semantics.known import Semantics
from n3gen.source import SourceFile, Span
from n3gen.spec.model import Chain, Spec
from n3gen.syntax import read_document
from n3gen.syntax.document import Document

if TYPE_CHECKING:
    from n3gen.lsp.occurrences import Occurrence

__all__ = ["OpenFile", "Reading", "Readings", "uri_of"]


@dataclass(frozen=True)
class Reading:
    """A file as the compiler has last read it."""

    examined: Examined
    codes: dict[str, str] = field(default_factory=dict[str, str])
    """The modules of single chains, by name, as far as they were asked for."""

    @property
    def config(self) -> Config:
        return self.examined.config

    @property
    def path(self) -> str:
        return self.examined.path

    @property
    def compilation(self) -> Compilation:
        return self.examined.compilation

    @property
    def source(self) -> SourceFile:
        return self.compilation.source

    @property
    def spec(self) -> Spec | None:
        return self.compilation.spec

    @property
    def document(self) -> Document | None:
        return self.compilation.documents.get(self.path)

    @property
    def known(self) -> Semantics | None:
        """What follows from the spec, where there is one."""
        return self.compilation.known

    @cached_property
    def names(self) -> list[Occurrence]:
        """Every name in the file and in those that it uses, with what it means."""
        from n3gen.lsp.names import occurrences

        return occurrences(self)

    @cached_property
    def symbols(self) -> list[lsp.DocumentSymbol]:
        """The outline of the file."""
        return [] if self.document is None else symbols(self.document)

    @cached_property
    def tokens(self) -> list[int]:
        """The semantic tokens of the file."""
        return tokens(self.source, [n for n in self.names if n.file.path == self.path])

    @cached_property
    def lenses(self) -> list[tuple[Span, str]]:
        """What is said above the chains and steps of the file."""
        from n3gen.lsp.plans import lenses

        return list(lenses(self))

    def is_of(self, opened: Mapping[str, str]) -> bool:
        """Whether open files, by shown paths, still have the texts that were read."""
        read = [self.source, *(d.source for d in self.compilation.documents.values())]
        return all(opened.get(file.path, file.text) == file.text for file in read)

    def prepare(self) -> None:
        """Work out what editors need to know of every text, as this may take a while."""
        _ = self.names, self.symbols, self.tokens, self.lenses

    @property
    def own_chains(self) -> tuple[Chain, ...]:
        """The chains of the file itself."""
        return tuple(c for c in (self.spec.chains if self.spec else ()) if not c.used)

    @property
    def files(self) -> Iterable[str]:
        """The shown paths of the file and of all that it uses."""
        return (self.path, *self.compilation.documents)


@dataclass
class OpenFile:
    """A file that an editor has open: its text now, and its last reading."""

    uri: str
    config: Config
    path: str
    source: SourceFile
    reading: Reading | None = None
    shifts: list[tuple[str, Shift]] = field(default_factory=list[tuple[str, Shift]])
    """The texts since the last reading, each with the change to the next."""
    kept: Kept = field(default_factory=Kept)
    """What is known of its chains, of which most stay as they are."""

    @property
    def current(self) -> Reading | None:
        """The reading, where it is one of the text as it is now."""
        reading = self.reading
        if reading is None or reading.source.text != self.source.text:
            return None
        return reading

    def write(self, text: str) -> None:
        """Take another text, and note what it changes."""
        source = SourceFile.of(self.path, text)
        if source.text != self.source.text:
            shift = Shift.between(self.source.text, source.text)
            self.shifts.append((self.source.text, shift))
            self.source = source

    def take(self, reading: Reading) -> None:
        """Take a reading, perhaps of a text that has been changed since."""
        self.reading = reading
        read, texts = reading.source.text, [text for text, _ in self.shifts]
        if read == self.source.text:
            self.shifts = []
        elif read in texts:
            last = len(texts) - 1 - texts[::-1].index(read)
            self.shifts = self.shifts[last:]
        else:
            self.shifts = [(read, Shift.between(read, self.source.text))]

    def then(self, offset: int) -> int:
        """An offset of the text now, as one of the text that was read."""
        for _, shift in reversed(self.shifts):
            offset = shift.back(offset)
        return offset

    def now(self, span: Span) -> Span:
        """A span of the text that was read, as one of the text now."""
        start, end = span.start, span.end
        for _, shift in self.shifts:
            start, end = shift.on(start), shift.on(end)
        return Span(start, max(start, end))

    def moved(self, name: Occurrence) -> Span:
        """The span now of a name of this file, whichever of its texts it was read in."""
        if name.file.text == self.source.text:
            return name.span
        if self.reading is not None and self.reading.source.text == name.file.text:
            return self.now(name.span)
        shift = Shift.between(name.file.text, self.source.text)
        start = shift.on(name.span.start)
        return Span(start, max(start, shift.on(name.span.end)))

    @property
    def names(self) -> list[Occurrence]:
        """The known names of the file, where they are now."""
        if self.reading is None:
            return []
        own = [one for one in self.reading.names if one.file.path == self.path]
        if self.current is not None:
            return own
        return [replace(one, span=self.now(one.span)) for one in own]

    @property
    def symbols(self) -> list[lsp.DocumentSymbol]:
        """The outline of the file, by its last reading that has one."""
        if self.current is not None:
            return self.current.symbols
        if self.reading is not None and self.reading.document is not None:
            return symbols(self.reading.document, self.source, self.now)
        document, _ = read_document(self.source)
        return symbols(document) if document is not None else []


@dataclass
class Readings:
    """The open files of an editor by their addresses."""

    files: dict[str, OpenFile] = field(default_factory=dict[str, OpenFile])

    def put(self, uri: str, text: str) -> OpenFile | None:
        """Take the text of an open file; raises `ProjectError` with its configuration.

        YAML that is none of the project's specs is not looked at: an editor asks about
        all files of a language.
        """
        found = self.files.get(uri)
        if found is None:
            absolute = to_fs_path(uri) or uri
            config = find_config(absolute)
            path = config.shown(absolute)
            if not (path.endswith(".ai") or covers(config, path)):
                return None
            found = OpenFile(uri, config, path, SourceFile.of(path, text))
            self.files[uri] = found
        else:
            found.write(text)
        return found

    def close(self, uri: str) -> None:
        self.files.pop(uri, None)

    def reload(self) -> None:
        """Look up the configurations again."""
        for uri, file in self.files.items():
            file.config = find_config(to_fs_path(uri) or uri)
            file.kept = Kept()

    def opened(self, config: Config) -> dict[str, str]:
        """The texts of a project's open files by their shown paths."""
        files = self.files.values()
        return {f.path: f.source.text for f in files if f.config.root == config.root}

    def read(self, file: OpenFile, again: bool = False) -> Reading:
        """Read an open file as it is now; raises `ProjectError`.

        A text that was read already is read once more where that is asked for: what it
        uses may have changed.
        """
        if file.current is not None and not again:
            return file.current
        opened = self.opened(file.config)
        return Reading(examine(file.config, file.path, opened, file.kept))

    def touched(self, changed: OpenFile) -> list[OpenFile]:
        """The open files that a change of one may concern, that one first."""
        others = [
            file
            for file in self.files.values()
            if file is not changed
            and file.config.root == changed.config.root
            and file.reading is not None
            and changed.path in file.reading.files
        ]
        return [changed, *others]

    def everywhere(self, file: OpenFile, word: str) -> list[Reading]:
        """The readings of all files of a project in which a word is, of their texts now."""
        opened = self.opened(file.config)
        by_path = {
            one.path: one.reading
            for one in list(self.files.values())
            if one.config.root == file.config.root
            and one.reading is not None
            and one.reading.is_of(opened)
        }
        return [
            by_path.get(path) or Reading(examine(file.config, path, opened))
            for path in naming(file.config, opened, word)
        ]

    def at(self, config: Config, path: str) -> OpenFile | None:
        """The open file of a project with a shown path."""
        for file in self.files.values():
            if file.config.root == config.root and file.path == path:
                return file
        return None

    def problems(self, file: OpenFile) -> list[Diagnostic]:
        """What the readings of open files say of one of them, each problem once."""
        found: dict[tuple[object, ...], Diagnostic] = {}
        for one in self.files.values():
            if one.reading is None or one.config.root != file.config.root:
                continue
            for problem in one.reading.examined.problems:
                if problem.file.path == file.path:
                    found.setdefault(problem.order, problem)
        return [found[key] for key in sorted(found)]


def uri_of(config: Config, path: str) -> str:
    """The address of a file by its shown path."""
    return from_fs_path(config.absolute(path)) or path
