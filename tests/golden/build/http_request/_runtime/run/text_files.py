"""Text files that commands read."""

from __future__ import annotations

import errno
import os
import stat
from typing import TextIO


def open_text(path: str, errors: str = "strict") -> TextIO:
    """Open a file to read it; raise `OSError` for a pipe or a device, which may never end."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a pipe or device; `-` reads a pipe", path)
    return open(path, encoding="utf-8-sig", errors=errors)
