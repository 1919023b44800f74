"""What is known of open files: their texts, and what the compiler made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.uris import from_fs_path, to_fs_path

from n3gen.compiler import Compilation
from n3gen.diagnostics.rule import Diagnostic
from n3gen.lsp.layout import formatted, symbols
from n3gen.lsp.tokens import tokens
from n3gen.project.config import Config, find_config
from n3gen.project.edited import Examined, examine, naming
from n3gen.semantics.tree import Tree
from n3gen.source import SourceFile, Span
from n3gen.spec.model import Chain, Spec
from n3gen.syntax.document import Document

if TYPE_CHECKING:
    from n3gen.lsp.names import Occurrence

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

    @cached_property
    def trees(self) -> dict[str, Tree]:
        """The trees of all chains by name."""
        if self.spec is None:
            return {}
        rejected = self.spec.rejected
        return {
            chain.name: Tree.of(chain, is_whole=chain.name not in rejected)
            for chain in self.spec.chains
        }

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
    def edits(self) -> list[lsp.TextEdit]:
        """What the one layout changes in the file."""
        return formatted(self.source)

    @cached_property
    def lenses(self) -> list[tuple[Span, str]]:
        """What is said above the chains and steps of the file."""
        from n3gen.lsp.plans import lenses

        return list(lenses(self))

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

    @property
    def current(self) -> Reading | None:
        """The reading, where it is one of the text as it is now."""
        reading = self.reading
        if reading is None or reading.source.text != self.source.text:
            return None
        return reading

    def then(self, offset: int) -> int:
        """An offset of the text now, as one of the text that was read."""
        if self.reading is None:
            return offset
        return _moved(self.source.text, self.reading.source.text, offset)

    def now(self, span: Span) -> Span:
        """A span of the text that was read, as one of the text now."""
        if self.reading is None or self.current is not None:
            return span
        old, new = self.reading.source.text, self.source.text
        start, end = (_moved(old, new, at) for at in (span.start, span.end))
        return Span(start, max(start, end))


def _moved(before: str, after: str, offset: int) -> int:
    """Where an offset of one text is in another, which differs from it in one place."""
    if before == after:
        return offset
    shortest = min(len(before), len(after))
    ahead = _common(before, after, shortest)
    if offset <= ahead:
        return offset
    behind = 0
    while (
        behind < shortest - ahead
        and before[len(before) - 1 - behind] == after[len(after) - 1 - behind]
    ):
        behind += 1
    if len(before) - offset <= behind:
        return len(after) - (len(before) - offset)
    return min(offset, len(after) - behind)


def _common(one: str, other: str, most: int) -> int:
    """How many characters two texts have in common at their start."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass
class Readings:
    """The open files of an editor by their addresses."""

    files: dict[str, OpenFile] = field(default_factory=dict[str, OpenFile])

    def put(self, uri: str, text: str) -> OpenFile:
        """Take the text of an open file; raises `ProjectError` with its configuration."""
        found = self.files.get(uri)
        if found is None:
            absolute = to_fs_path(uri) or uri
            config = find_config(absolute)
            path = config.shown(absolute)
            found = OpenFile(uri, config, path, SourceFile.of(path, text))
            self.files[uri] = found
        else:
            found.source = SourceFile.of(found.path, text)
        return found

    def close(self, uri: str) -> None:
        self.files.pop(uri, None)

    def reload(self) -> None:
        """Look up the configurations again."""
        for uri, file in self.files.items():
            file.config = find_config(to_fs_path(uri) or uri)

    def opened(self, config: Config) -> dict[str, str]:
        """The texts of a project's open files by their shown paths."""
        files = self.files.values()
        return {f.path: f.source.text for f in files if f.config.root == config.root}

    def read(self, file: OpenFile) -> Reading:
        """Read an open file as it is now; raises `ProjectError`.

        What editors ask of every text is worked out here too, as this may take a while.
        """
        opened = self.opened(file.config)
        reading = Reading(examine(file.config, file.path, opened))
        _ = reading.symbols, reading.lenses, reading.edits, reading.tokens
        return reading

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
        """The readings of all files of a project in which a word is."""
        opened = self.opened(file.config)
        by_path = {
            one.path: one.current
            for one in list(self.files.values())
            if one.config.root == file.config.root
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
