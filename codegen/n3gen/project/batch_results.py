"""The file of results of a batch, from which a later run of it goes on."""

from __future__ import annotations

import json
import os
import re
import stat
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.writing import beside, remove_leftovers

try:
    import fcntl
except ImportError:  # Windows has no locks of this kind
    fcntl = None  # type: ignore[assignment]

__all__ = ["ResultsFile", "opened_results"]

_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_NONE, _OK, _FAILED = 0, 1, 2
_BEGIN: Final = b'{"row":'
_ROW: Final = re.compile(rb'\{"row": ?(\d+)[,}]')


class ResultsFile:
    """A file of records, one a line and a row, of one version of one chain.

    A record is appended when its row ends, by one write of a whole line. What is known
    of a row takes nine bytes of memory: whether it is there, and the digest of its
    payload.
    """

    def __init__(self, path: str, chain: str, version: str) -> None:
        self.shown = path
        self.chain = chain
        self.version = version
        self._path = os.path.realpath(path)
        self._statuses = bytearray()
        self._digests = array("Q")
        self._size = self._last = 0
        self._is_ordered = True
        self._is_new = False
        self._descriptor = -1

    def open(self) -> None:
        """Lock the file and read what is there; raise `ProjectError` for another's."""
        remove_leftovers(os.path.dirname(self._path))
        self._is_new = not os.path.lexists(self._path)
        try:
            self._descriptor = _locked(self._path, self.shown)
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                raise ProjectError(f"`{self.shown}` is not a regular file")
            with open(self._path, "rb") as file:
                lacks_break = self._take(file)
            os.ftruncate(self._descriptor, self._size)
            if lacks_break:
                _write_all(self._descriptor, b"\n")
                self._size += 1
        except OSError as error:
            raise disk_error("write", self.shown, error) from error

    def close(self) -> None:
        """Release the file, and remove one that this run made and wrote no record to."""
        if self._descriptor >= 0:
            if self._is_new and not self._size:
                with suppress(OSError):
                    os.unlink(self._path)
            os.close(self._descriptor)

    @property
    def rows(self) -> int:
        """The greatest number of a row that the file has a record of."""
        return len(self._statuses)

    def count(self, status: str) -> int:
        """Return how many rows are there that are `ok`, or that `failed`."""
        return self._statuses.count(_OK if status == "ok" else _FAILED)

    def status(self, row: int) -> str | None:
        """Return `ok` or `failed` for a row whose record is there, else `None`."""
        known = self._statuses[row - 1] if row <= len(self._statuses) else _NONE
        return {_OK: "ok", _FAILED: "failed"}.get(known)

    def digest(self, row: int) -> str:
        """Return the digest of the payload that a row had."""
        return f"{self._digests[row - 1]:016x}"

    async def room(self, row: int) -> None:
        """Return at once: a file takes rows in any order."""

    def append(self, row: int, line: str, digest: str, *, is_ok: bool) -> None:
        """Write the record of a row as one line; raise `ProjectError` and leave none."""
        data = line.encode() + b"\n"
        try:
            _write_all(self._descriptor, data)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise disk_error("write", self.shown, error) from error
        self._size += len(data)
        self._know(row, _OK if is_ok else _FAILED, digest)

    def finish(self, *, in_order: bool) -> None:
        """Bring the records into the order of their rows, if they are to have it."""
        if in_order and not self._is_ordered:
            self._replace(self._lines_in_order())
            self._is_ordered = True

    def drop_failed(self) -> None:
        """Remove the records of rows that failed, so that these run again."""
        if not self.count("failed"):
            return
        self._replace(self._lines_of(_OK))
        for index, status in enumerate(self._statuses):
            if status == _FAILED:
                self._statuses[index] = _NONE

    def _take(self, lines: Iterable[bytes]) -> bool:
        """Remember the records of the lines, and say whether the last has no break.

        A last line that is torn is left out.
        """
        for number, line in enumerate(lines, 1):
            if line.endswith(b"\n") or _is_whole(line):
                self._remember(number, line)
                self._size += len(line)
                if not line.endswith(b"\n"):
                    return True
            elif not (line.startswith(_BEGIN) or _BEGIN.startswith(line)):
                raise self._foreign(number)
        return False

    def _remember(self, number: int, line: bytes) -> None:
        try:
            found = json.loads(line)
            row, is_ok = found["row"], found["status"] == "ok"
            chain, version = found["chain"], found["chain_version"]
            digest = found["row_digest"]
            int(digest, 16)
        except (ValueError, LookupError, TypeError, RecursionError):
            raise self._foreign(number) from None
        if type(row) is not int or row < 1 or len(digest) != 16:
            raise self._foreign(number)
        if chain != self.chain:
            raise self._refused(f"has results of chain `{chain}`, not `{self.chain}`")
        if version != self.version:
            raise self._refused(
                f"has results of another version of chain `{chain}`: what the spec says "
                f"of its result has changed since ({version} there, {self.version} now)"
            )
        if self.status(row) is not None:
            raise self._refused(
                f"has row {row:,} twice, the second time in line {number:,}"
            )
        self._know(row, _OK if is_ok else _FAILED, digest)

    def _know(self, row: int, status: int, digest: str) -> None:
        missing = row - len(self._statuses)
        if missing > 0:
            self._statuses.extend(bytes(missing))
            self._digests.frombytes(bytes(missing * self._digests.itemsize))
        self._statuses[row - 1] = status
        self._digests[row - 1] = int(digest, 16)
        self._is_ordered &= row > self._last
        self._last = row

    def _refused(self, what: str) -> ProjectError:
        return ProjectError(
            f"`{self.shown}` {what}; choose another --out, or remove the file"
        )

    def _foreign(self, number: int) -> ProjectError:
        return ProjectError(
            f"`{self.shown}:{number}` is not a record of a batch; choose another --out"
        )

    def _lines_of(self, status: int) -> Iterator[bytes]:
        with open(self._path, "rb") as file:
            for line in file:
                if self._statuses[_row_of(line) - 1] == status:
                    yield line

    def _lines_in_order(self) -> Iterator[bytes]:
        places = array("Q", bytes(8 * len(self._statuses)))
        at = 0
        with open(self._path, "rb") as file:
            for line in file:
                places[_row_of(line) - 1] = at
                at += len(line)
            for status, place in zip(self._statuses, places, strict=True):
                if status != _NONE:
                    file.seek(place)
                    yield file.readline()

    def _replace(self, lines: Iterable[bytes]) -> None:
        """Replace the file by one with these lines, at once; raise `ProjectError`."""
        staged = beside(self._path)
        try:
            descriptor = _locked(staged, self.shown)
            try:
                os.chmod(staged, os.fstat(self._descriptor).st_mode & 0o7777)
                with open(descriptor, "wb", closefd=False) as file:
                    file.writelines(lines)
                os.fsync(descriptor)
                os.replace(staged, self._path)
            except BaseException:
                os.close(descriptor)
                os.unlink(staged)
                raise
        except OSError as error:
            raise disk_error("write", self.shown, error) from error
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size


@contextmanager
def opened_results(path: str, chain: str, version: str) -> Iterator[ResultsFile]:
    """Open a file of results for as long as the block lasts; nobody else writes to it."""
    results = ResultsFile(path, chain, version)
    try:
        results.open()
        yield results
    finally:
        results.close()


def _locked(path: str, shown: str) -> int:
    """Open a file that no other process has locked, and lock it."""
    while True:
        descriptor = os.open(path, _OPEN, 0o666)
        try:
            if fcntl is None:
                return descriptor
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):  # replaced by its owner just now
                if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                    return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise ProjectError(f"another process writes to `{shown}`") from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def _row_of(line: bytes) -> int:
    found = _ROW.match(line)
    return int(found[1]) if found else int(json.loads(line)["row"])


def _is_whole(line: bytes) -> bool:
    found: Any = None
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
    return isinstance(found, dict)
