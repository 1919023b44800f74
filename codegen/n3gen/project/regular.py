"""Reading regular files: never a pipe, a device, or more bytes than agreed.

Output may go into a pipe or a device, where one is named.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from n3gen.project.errors import ProjectError, disk_error

__all__ = ["open_regular", "opened_stream", "read_regular"]

# Opening a pipe without a writer would otherwise block for ever.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
"""The name of a file that this process has open."""


def read_regular(path: str, shown: str, limit: int) -> bytes | None:
    """Return the bytes of the file `path`, or `None` where there is no file.

    Raises `ProjectError` for what is not a regular file (a folder, a pipe, a device), has
    more than `limit` bytes, or cannot be read.
    """
    with open_regular(path, shown) as file:
        if file is None:
            return None
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            more = f"has {size:,} bytes, more than the {limit:,} that n3gen reads"
            raise ProjectError(f"`{shown}` {more}", f"it {more}")
        return file.read()


@contextmanager
def open_regular(path: str, shown: str) -> Iterator[BinaryIO | None]:
    """Open the file `path` to read it, or nothing where there is no file.

    Raises `ProjectError` for what is not a regular file or cannot be read.
    """
    try:
        descriptor = os.open(path, _OPEN)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    except OSError as error:
        raise disk_error("read", shown, error) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "a pipe or device"
            words = f"is {what}, not a regular file"
            raise ProjectError(f"`{shown}` {words}", f"it {words}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    except OSError as error:
        raise disk_error("read", shown, error) from error
    finally:
        os.close(descriptor)


def opened_stream(path: str) -> int | None:
    """Open what can only be written into: a pipe, a device, or an open file by its number.

    Returns `None` where `path` is the place of a regular file. Raises `OSError`.
    """
    named = path
    if os.path.islink(path) and not _DESCRIPTOR.fullmatch(path):
        named = os.path.join(os.path.dirname(path), os.readlink(path))
    if found := _DESCRIPTOR.fullmatch(named):
        return os.dup(int(found[1]))
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
