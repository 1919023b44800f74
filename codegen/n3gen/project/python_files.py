"""The Python modules of a project, as files: they are read and never imported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from n3gen.project.errors import ProjectError
from n3gen.project.regular import read_regular

__all__ = ["PythonFiles"]

_LIMIT = 4 * 1024 * 1024
"""Bytes of a module that are read at most."""

_FOLDERS = ("", "src")
"""Where the modules of a project are looked for, below its root."""


@dataclass(frozen=True)
class PythonFiles:
    """The modules below the root of a project."""

    root: str
    _texts: dict[str, str | None] = field(
        default_factory=dict[str, "str | None"], compare=False
    )

    def text(self, module: str) -> str | None:
        """Return the source of a module; `None` where there is none that can be read."""
        if module not in self._texts:
            found = (_read(path) for path in self._paths(module))
            self._texts[module] = next((text for text in found if text), None)
        return self._texts[module]

    def lacks(self, module: str) -> bool:
        """Say whether the project has the package that a module is in, and not the module."""
        package, _, name = module.rpartition(".")
        for folder in _FOLDERS:
            parent = os.path.join(self.root, folder, *package.split("."))
            if package and os.path.isfile(os.path.join(parent, "__init__.py")):
                names = {entry.partition(".")[0] for entry in os.listdir(parent)}
                return name not in names
        return False

    def _paths(self, module: str) -> Iterator[str]:
        for folder in _FOLDERS:
            path = os.path.join(self.root, folder, *module.split("."))
            yield f"{path}.py"
            yield os.path.join(path, "__init__.py")


def _read(path: str) -> str | None:
    if not os.path.isfile(path):
        return None
    try:
        data = read_regular(path, path, _LIMIT)
    except ProjectError:
        return None
    try:
        return None if data is None else data.decode("utf-8-sig") + "\n"
    except UnicodeDecodeError:
        return None
