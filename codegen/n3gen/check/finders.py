"""The finders of problems: functions that register themselves by being defined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics

__all__ = ["Finder", "all_finders", "finder"]

Finder = Callable[[Semantics], Iterable[Diagnostic]]
"""Looks for problems in what is known of a spec, and in nothing else."""

_finders: dict[str, Finder] = {}


def finder(function: Finder) -> Finder:
    """Register a function that looks for problems."""
    _finders[f"{function.__module__}.{function.__name__}"] = function
    return function


@cache
def all_finders() -> tuple[Finder, ...]:
    """Import every module of this room, and return the finders in the order of names."""
    package = import_module(__name__.rpartition(".")[0])
    for module in iter_modules(package.__path__, package.__name__ + "."):
        import_module(module.name)
    return tuple(_finders[name] for name in sorted(_finders))
