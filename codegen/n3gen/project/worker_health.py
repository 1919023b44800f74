"""The file by which a supervisor sees that a worker works."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Self

from n3gen.project.errors import ProjectError
from n3gen.project.writing import write_file

__all__ = ["Health"]


class Health:
    """A file that is rewritten as long as a worker works, and gone once it has stopped.

    It is there before anything is executed; to enter it raises `ProjectError` where it
    cannot be written.
    """

    def __init__(
        self,
        path: str | None,
        slot: str | None,
        version: str,
        say: Callable[[str], None],
    ) -> None:
        self._path = path
        self._slot = slot
        self._version = version
        self._say = say
        self._is_failing = False

    def __enter__(self) -> Self:
        if self._path is not None:
            self._write(self._path, self._slot, 0)
        return self

    def tell(self, executor: str, runs: int) -> None:
        """Write it again; say so, once, where that fails, since the runs come first."""
        if self._path is None:
            return
        try:
            self._write(self._path, executor, runs)
        except ProjectError as error:
            if not self._is_failing:
                self._say(f"warning: {error}")
            self._is_failing = True
        else:
            self._is_failing = False

    def __exit__(self, *_: object) -> None:
        # Not a pipe or a device, which others have made.
        if self._path is not None and os.path.isfile(self._path):
            try:
                os.unlink(self._path)
            except OSError as error:
                self._say(f"warning: cannot remove `{self._path}`: {error.strerror}")

    def _write(self, path: str, executor: str | None, runs: int) -> None:
        health = {
            "executor": executor,
            "version": self._version,
            "runs": runs,
            "time": time.time(),
        }
        write_file(path, path, json.dumps(health).encode())
