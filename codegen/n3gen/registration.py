"""Forms that register themselves: which function turns which part of a spec into nodes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

__all__ = ["Forms"]

F = TypeVar("F", bound=Callable[..., object])
K = TypeVar("K")


class Forms(Mapping[K, F], Generic[K, F]):
    """The forms in the modules of a package, by the construct that each is for."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._forms: dict[K, F] = {}
        self._is_loaded = False

    def of(self, construct: K) -> Callable[[F], F]:
        """Register a function as the form of a construct."""

        def register(form: F) -> F:
            self._forms[construct] = form
            return form

        return register

    def __getitem__(self, construct: K) -> F:
        return self._loaded()[construct]

    def __iter__(self) -> Iterator[K]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def _loaded(self) -> dict[K, F]:
        """The forms, once all modules of the package have registered theirs."""
        if not self._is_loaded:
            for module in pkgutil.iter_modules(
                importlib.import_module(self.package).__path__
            ):
                importlib.import_module(f"{self.package}.{module.name}")
            self._is_loaded = True
        return self._forms
