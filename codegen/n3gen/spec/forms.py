"""The classes of a construct, of which each is in a file of its own."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

__all__ = ["forms_of", "load_forms"]

F = TypeVar("F")


def forms_of(base: type[F]) -> list[type[F]]:
    """Return all classes that derive from a class, directly or not."""
    found = base.__subclasses__()
    return found + [form for kind in found for form in forms_of(kind)]


def load_forms(package: str, path: list[str]) -> None:
    """Import all modules of a package, so that the classes in them are known."""
    for module in sorted(found.name for found in iter_modules(path)):
        import_module(f"{package}.{module}")
