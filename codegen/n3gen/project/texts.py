"""Takes shown paths of spec files; hands on their texts, read once, and what they use."""

from __future__ import annotations

import os
import stat

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.outline import use_texts
from n3gen.source import SourceFile
from n3gen.syntax.uses import resolve_use

__all__ = ["SIZE_LIMIT", "Texts"]

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of a spec file that are read at most."""

_BOM = b"\xef\xbb\xbf"


class Texts:
    """The spec files of a project as they were at the first look."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._data: dict[str, bytes] = {}
        self._sources: dict[str, SourceFile] = {}
        self._uses: dict[str, tuple[str, ...]] = {}

    def data(self, path: str) -> bytes:
        """The bytes of a file, line ends made LF; raises `ProjectError`."""
        data = self._data.get(path)
        if data is None:
            data = _normalised(_read(self._config.absolute(path), path))
            self._data[path] = data
        return data

    def source(self, path: str) -> SourceFile:
        """A file as the compiler takes it; raises `ProjectError` where it is no text."""
        source = self._sources.get(path)
        if source is None:
            source = SourceFile.of(path, _decoded(self.data(path), path))
            self._sources[path] = source
        return source

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
        return path in self._data or os.path.isfile(self._config.absolute(path))


def _read(absolute: str, path: str) -> bytes:
    try:
        with open(absolute, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ProjectError(f"`{path}` is no regular file")
            if status.st_size > SIZE_LIMIT:
                megabytes = status.st_size / 1_048_576
                raise ProjectError(
                    f"`{path}` has {megabytes:,.0f} MB; a spec file may have "
                    f"{SIZE_LIMIT // 1_048_576} MB"
                )
            return file.read()
    except FileNotFoundError as error:
        raise ProjectError(f"cannot read `{path}`: there is no such file") from error
    except OSError as error:
        raise disk_error("read", path, error) from error


def _normalised(data: bytes) -> bytes:
    data = data.removeprefix(_BOM)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ProjectError(
            f"`{path}:{line}:{column}` is not UTF-8 text: byte 0x{data[error.start]:02x} "
            f"at offset {error.start:,}; save the file as UTF-8"
        ) from error
