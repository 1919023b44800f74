"""The texts of a project's spec files, each read once, and the files that they use."""

from __future__ import annotations

import os
from codecs import BOM_UTF8

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.links import held
from n3gen.project.outline import chain_names, use_texts
from n3gen.project.regular import read_regular
from n3gen.source import SourceFile
from n3gen.syntax.uses import SPEC_ENDINGS, resolve_use

__all__ = ["SIZE_LIMIT", "Texts"]

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of a spec file that are read at most."""


class Texts:
    """The spec files of a project as they were at the first look."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._data: dict[str, bytes] = {}
        self._unreadable: dict[str, str] = {}
        self._sources: dict[str, SourceFile] = {}
        self._uses: dict[str, tuple[str, ...]] = {}

    def data(self, path: str) -> bytes:
        """The bytes of a file, line ends made LF; none where it cannot be read."""
        data = self._data.get(path)
        if data is None:
            try:
                data = _normalised(_read(held(self._config, path), path))
            except ProjectError as error:
                data = b""
                self._unreadable[path] = error.reason
            self._data[path] = data
        return data

    def unreadable(self, path: str) -> str:
        """Why a file cannot be read; empty where it can."""
        self.data(path)
        return self._unreadable.get(path, "")

    def replace(self, path: str, data: bytes) -> None:
        """Take `data` for the bytes of a file, whatever is on the disk."""
        self._data[path] = _normalised(data)
        self._unreadable.pop(path, None)

    def source(self, path: str) -> SourceFile:
        """A file as the compiler takes it.

        Bytes that are not UTF-8 become U+FFFD, which the compiler reports at its place,
        as it does a file that cannot be read.
        """
        source = self._sources.get(path)
        if source is None:
            text = self.data(path).decode(errors="replace")
            source = SourceFile.of(path, text)
            if reason := self.unreadable(path):
                source = SourceFile(path, "", reason)
            self._sources[path] = source
        return source

    def chains(self, path: str) -> tuple[str, ...]:
        """The names of the chains and pipelines that a file offers."""
        names = chain_names(path, self.data(path))
        if names is not None:
            return names
        from n3gen.syntax import read_document

        document, _ = read_document(self.source(path))
        data = document.data if document is not None else {}
        sections = (data.get(section) for section in ("chains", "pipelines"))
        return tuple(
            name for found in sections if isinstance(found, dict) for name in found
        )

    def used(self, path: str) -> tuple[str, ...]:
        """The files that a file uses, and those that they use, in the order of paths."""
        found: set[str] = set()
        waiting = list(self._direct(path))
        while waiting:
            other = waiting.pop()
            if other not in found and other != path:
                found.add(other)
                waiting += self._direct(other)
        return tuple(sorted(found))

    def used_sources(self, path: str) -> dict[str, SourceFile]:
        """The files that a file uses, directly or not, by their shown paths."""
        return {other: self.source(other) for other in self.used(path)}

    def _direct(self, path: str) -> tuple[str, ...]:
        """The files that a file names in `use`; a name without a file is left out."""
        found = self._uses.get(path)
        if found is None:
            found = self._look_up(path)
            self._uses[path] = found
        return found

    def _look_up(self, path: str) -> tuple[str, ...]:
        texts = use_texts(path, self.data(path))
        if texts is None:
            from n3gen.syntax import used_files

            texts = used_files(self.source(path))
        found: list[str] = []
        for text in texts:
            candidates = resolve_use(path, text)
            found += [c for c in candidates if self._exists(c)][:1]
        return tuple(found)

    def _exists(self, path: str) -> bool:
        if path in self._data:
            return True
        absolute = self._config.absolute(path)
        return os.path.lexists(absolute) and not os.path.isdir(absolute)


def _read(absolute: str, path: str) -> bytes:
    if not path.endswith(SPEC_ENDINGS):
        name, _, ending = path.rpartition(".")
        small = ending.lower()
        reason = f"its ending is `.{ending}`; name it `{name}.{small}`"
        raise ProjectError(f"cannot read `{path}`: {reason}", reason)
    data = read_regular(absolute, path, SIZE_LIMIT)
    if data is None:
        lost = os.path.islink(absolute)
        reason = "it is a link to nothing" if lost else "there is no such file"
        raise ProjectError(f"cannot read `{path}`: {reason}", reason)
    return data


def _normalised(data: bytes) -> bytes:
    data = data.removeprefix(BOM_UTF8)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data
