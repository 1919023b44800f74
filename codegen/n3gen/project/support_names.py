"""The run-time support in a module, by the names that it has by itself."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType
from typing import Any

__all__ = ["SupportNames"]


class SupportNames:
    """The names of a module's support.

    Where the user has defined one of them, the support is in the module under that name
    with underscores behind it.
    """

    def __init__(self, module: ModuleType) -> None:
        self._names = vars(module)

    def _spelled(self, name: str) -> str:
        while f"{name}_" in self._names:
            name += "_"
        return name

    def __contains__(self, name: str) -> bool:
        return self._spelled(name) in self._names

    def __getitem__(self, name: str) -> Any:
        return self._names[self._spelled(name)]

    def __setitem__(self, name: str, value: object) -> None:
        self._names[self._spelled(name)] = value

    def get(self, name: str, default: Any = None) -> Any:
        """Return what has a name, or something else where nothing has it."""
        return self._names.get(self._spelled(name), default)

    def values(self) -> Collection[Any]:
        """Return all that the module has, the user's too."""
        return [*self._names.values()]
