"""Reading regular files: never a pipe, a device, or more bytes than agreed."""

from __future__ import annotations

import os
import stat

from n3gen.project.errors import ProjectError, disk_error

__all__ = ["read_regular"]

# Opening a pipe without a writer would otherwise block for ever.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: str, shown: str, limit: int) -> bytes | None:
    """Return the bytes of the file `path`, or `None` where there is no file.

    Raises `ProjectError` for what is not a regular file (a folder, a pipe, a device), has
    more than `limit` bytes, or cannot be read.
    """
    try:
        descriptor = os.open(path, _OPEN)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                what = (
                    "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
                )
                raise ProjectError(f"`{shown}` is {what}, not a regular file")
            if status.st_size > limit:
                raise ProjectError(
                    f"`{shown}` has {status.st_size:,} bytes, more than the {limit:,} "
                    "that n3gen reads"
                )
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise disk_error("read", shown, error) from error
