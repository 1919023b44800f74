"""Run n3gen in a process whose n-th change of a file below `generated` goes wrong.

`python -m tests.soak.faulty_build kill 7 build` kills itself there, `term` sends SIGTERM,
and `full` raises the error of a full disk.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import Any

from n3gen.cli import main

__all__: list[str] = []

CHANGES = {
    *("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"),
    "os.truncate",
}


class _Fault:
    """An audit hook that counts changes of files, and breaks the n-th."""

    def __init__(self, what: str, at: int) -> None:
        self.what, self.left = what, at

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in CHANGES or not _is_change(event, args):
            return
        self.left -= 1
        if self.left:
            return
        if self.what == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        os.kill(os.getpid(), signal.SIGKILL if self.what == "kill" else signal.SIGTERM)


def _is_change(event: str, args: tuple[Any, ...]) -> bool:
    paths = [os.fsdecode(arg) for arg in args if isinstance(arg, str | bytes)]
    if not any("generated" in path.split(os.sep) for path in paths):
        return False
    flags = args[2] if event == "open" else os.O_WRONLY
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


if __name__ == "__main__":
    fault = _Fault(sys.argv[1], int(sys.argv[2]))
    sys.argv[:] = ["n3gen", *sys.argv[3:]]
    sys.addaudithook(fault)
    main()
