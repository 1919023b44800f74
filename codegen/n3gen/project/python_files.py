"""The Python modules of a project, as files: they are read and never imported.

So are those of the standard library, whose few modules without source are imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from sysconfig import get_paths
from typing import Final

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
        """Return the source of a module of the project or of the standard library.

        It is `None` where there is none that can be read.
        """
        if module not in self._texts:
            found = (_read(path) for path in self._paths(module))
            own = next((text for text in found if text), None)
            self._texts[module] = own or _standard_text(module)
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

    def knows(self, module: str) -> bool:
        """Say whether a module is in the project, or its top package is installed here."""
        package, _, name = module.rpartition(".")
        found: set[str] = set()
        for folder in _FOLDERS:
            parent = os.path.join(self.root, folder, *package.split("."))
            if os.path.isdir(parent):
                found.update(entry.partition(".")[0] for entry in os.listdir(parent))
        top = module.partition(".")[0]
        is_standard = top in sys.stdlib_module_names
        return name in found or is_standard or _is_installed(top)

    def _paths(self, module: str) -> Iterator[str]:
        for folder in _FOLDERS:
            yield from _paths(os.path.join(self.root, folder), module)


def _paths(folder: str, module: str) -> Iterator[str]:
    """Where the source of a module may be, below a folder."""
    path = os.path.join(folder, *module.split("."))
    yield f"{path}.py"
    yield os.path.join(path, "__init__.py")


_IN_C: Final = ("cmath", "itertools", "math", "time")
"""Modules of the standard library without source whose functions steps call."""


@lru_cache(maxsize=64)
def _standard_text(module: str) -> str | None:
    """Return the source of a module of the standard library, or one with its names."""
    if module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    if module in _IN_C:
        # They are built into the interpreter, and to import them runs nothing.
        names = (name for name in dir(import_module(module)) if name.isidentifier())
        return "".join(f"{name} = len\n" for name in names)
    module = {"os.path": os.path.__name__}.get(module, module)
    found = (_read(path) for path in _paths(get_paths()["stdlib"], module))
    return next((text for text in found if text), None)


@lru_cache(maxsize=256)
def _is_installed(name: str) -> bool:
    """Say whether a package can be found where n3gen runs; nothing is imported."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


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
