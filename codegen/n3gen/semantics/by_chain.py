"""What is known of each chain, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from n3gen.spec.model import Chain

__all__ = ["ByChain"]

T = TypeVar("T")


class ByChain(Mapping[str, T]):
    """Something of chains by their names, each worked out once, as it is asked for."""

    def __init__(self, chains: Mapping[str, Chain], of: Callable[[Chain], T]) -> None:
        self._chains = chains
        self._of = of
        self._found: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            self._found[name] = self._of(self._chains[name])
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chains)

    def __len__(self) -> int:
        return len(self._chains)

    def known(self) -> Mapping[str, T]:
        """What has been worked out so far."""
        return self._found

    def put(self, name: str, found: T) -> None:
        """Take what is known of a chain already."""
        self._found[name] = found
