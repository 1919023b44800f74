"""Writing and removing files, all of them or none."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from n3gen.project.errors import disk_error
from n3gen.project.freshness import Cause
from n3gen.project.regular import opened_stream

__all__ = ["Change", "apply", "beside", "remove_leftovers", "write_file"]

_TEMPORARY = re.compile(r"\..+\.(\d{1,10})-[0-9a-f]{8}\.tmp", re.DOTALL)
"""The names that `beside` gives, with the process that gave them."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is to change: `after` is its new content, or `None` to remove it.

    `path` is absolute, `shown` the path for messages, `before` what is there now.
    """

    path: str
    shown: str
    cause: Cause
    before: bytes | None
    after: bytes | None


@dataclass(slots=True)
class _Transaction:
    """What has been done so far, so that it can be undone."""

    folders: list[str] = field(default_factory=list)
    staged: list[tuple[str, str]] = field(default_factory=list)
    backups: list[tuple[str, str | None]] = field(default_factory=list)


def apply(changes: Sequence[Change]) -> None:
    """Writes and removes what `changes` say; raises `ProjectError` with nothing changed.

    New contents first go to files beside their places, so that a full disk or a
    missing right shows before anything is replaced; then each is moved in at
    once, and all are put back where one of these moves fails or is interrupted.
    """
    for folder in sorted({os.path.dirname(os.path.realpath(c.path)) for c in changes}):
        remove_leftovers(folder)
    done = _Transaction()
    shown = ""
    try:
        for change in changes:
            shown = change.shown
            if change.after is not None:
                _stage(done, change.path, change.after)
        places = dict(done.staged)
        for change in changes:
            shown = change.shown
            _move_in(done, os.path.realpath(change.path), places)
    except BaseException as error:
        _undo(done)
        if isinstance(error, OSError):
            raise disk_error("write", shown, error) from error
        raise
    for _, backup in done.backups:
        if backup is not None:
            _remove(backup)
    removed = [change.path for change in changes if change.after is None]
    for path in sorted(removed, key=lambda path: -path.count(os.sep)):
        _tidy(path)


def remove_leftovers(folder: str) -> None:
    """Remove the temporary files in a folder that a killed build left there.

    Those of a process that still runs are another build's, and stay.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        found = _TEMPORARY.fullmatch(name)
        if found is not None and not _is_running(int(found[1])):
            _remove(os.path.join(folder, name))


def _is_running(process: int) -> bool:
    if process == os.getpid():
        return False  # of a build before this one: a transaction leaves none behind
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # not written by n3gen
    return True


def write_file(path: str, shown: str, data: bytes) -> None:
    """Writes one file at once, whole or not at all; raises `ProjectError`.

    Into a pipe, a device or what is open already, such as /dev/stdout, it is written.
    """
    try:
        stream = opened_stream(path)
        if stream is not None:
            with open(stream, "wb") as file:
                file.write(data)
            return
    except OSError as error:
        raise disk_error("write", shown, error) from error
    apply([Change(path, shown, Cause.MISSING, None, data)])


def _stage(done: _Transaction, path: str, data: bytes) -> None:
    """Writes the new content beside its place, with the mode of what is there."""
    target = os.path.realpath(path)
    _make_folders(done, os.path.dirname(target))
    staged = beside(target)
    done.staged.append((target, staged))
    with open(staged, "xb") as file:
        if os.path.exists(target):
            os.chmod(staged, os.stat(target).st_mode & 0o7777)
        file.write(data)


def _make_folders(done: _Transaction, folder: str) -> None:
    missing: list[str] = []
    while not os.path.isdir(folder):
        missing.append(folder)
        if folder == os.path.dirname(folder) or os.path.lexists(folder):
            break
        folder = os.path.dirname(folder)
    for new in reversed(missing):
        try:
            os.mkdir(new)
        except FileExistsError:
            if not os.path.isdir(new):
                raise NotADirectoryError(20, "not a folder", new) from None
        else:
            done.folders.append(new)


def _move_in(done: _Transaction, target: str, places: dict[str, str]) -> None:
    """Replaces or removes a file, a second name of the old one kept for the way back."""
    staged = places.get(target)
    backup = beside(target) if os.path.lexists(target) else None
    done.backups.append((target, backup))
    if staged is None:
        if backup is not None:
            with suppress(FileNotFoundError):  # another build has removed it
                os.replace(target, backup)
        return
    if backup is not None:
        _keep(target, backup)
    os.replace(staged, target)


def _keep(target: str, backup: str) -> None:
    """A second name for a file; a copy where the disk knows no second names."""
    try:
        os.link(target, backup)
    except OSError:
        import shutil

        shutil.copy2(target, backup)


def _undo(done: _Transaction) -> None:
    """Put everything back, also what is left after a file that cannot be."""
    for target, backup in reversed(done.backups):
        if backup is None:
            _remove(target)
        elif os.path.exists(backup):
            _quietly(os.replace, backup, target)
            _remove(backup)  # still there if both were names of one file
    for _, staged in done.staged:
        _remove(staged)
    for folder in reversed(done.folders):
        _quietly(os.rmdir, folder)


def beside(target: str) -> str:
    """A name in the same folder that no other build has."""
    folder, name = os.path.split(target)
    return os.path.join(
        folder, f".{name[:40]}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    )


def _remove(path: str) -> None:
    _quietly(os.unlink, path)


def _quietly(action: Callable[..., object], *paths: str) -> None:
    try:
        action(*paths)
    except OSError:
        return


def _tidy(path: str) -> None:
    """Removes what a removed module leaves: its bytecode, and folders that are empty."""
    folder, name = os.path.split(path)
    stem = name.removesuffix(".py")
    cache = os.path.join(folder, "__pycache__")
    for entry in os.listdir(cache) if os.path.isdir(cache) else ():
        if entry.startswith(f"{stem}.") and entry.endswith(".pyc"):
            _remove(os.path.join(cache, entry))
    _quietly(os.rmdir, cache)
    _quietly(os.rmdir, folder)
