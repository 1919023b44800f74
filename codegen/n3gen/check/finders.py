"""The finders of problems: functions that register themselves by being defined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics

__all__ = ["Finder", "all_finders", "chain_finder", "finder", "is_of_chains"]

Finder = Callable[[Semantics], Iterable[Diagnostic]]
"""Looks for problems in what is known of a spec, and in nothing else."""

_finders: dict[str, Finder] = {}
_of_chains: set[Finder] = set()


def finder(function: Finder) -> Finder:
    """Register a function that looks for problems."""
    _finders[f"{function.__module__}.{function.__name__}"] = function
    return function


def chain_finder(function: Finder) -> Finder:
    """Register a function that looks for problems in `known.checked`, chain by chain.

    What it finds in one depends on that chain, on those that it runs or that run it,
    and on what is written outside of chains: an editor keeps it while these stay.
    """
    _of_chains.add(function)
    return finder(function)


def is_of_chains(function: Finder) -> bool:
    """Whether a finder looks at chains one by one."""
    return function in _of_chains


@cache
def all_finders() -> tuple[Finder, ...]:
    """Import every module of this room, and return the finders in the order of names."""
    package = import_module(__name__.rpartition(".")[0])
    for module in iter_modules(package.__path__, package.__name__ + "."):
        import_module(module.name)
    return tuple(_finders[name] for name in sorted(_finders))
