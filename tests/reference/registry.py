"""The functions that run constructs, by what tells these in a spec."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from tests.reference.model import Data, Record, Scope

if TYPE_CHECKING:
    from tests.reference.interpreter import Interpreter

__all__ = ["CONSTRUCTS", "KINDS", "Member", "Work", "construct", "work"]

Work = Callable[["Interpreter", Data, Scope, Record], Coroutine[Any, Any, Any]]
Member = Callable[[Data, Scope], Coroutine[Any, Any, Any]]
Construct = Callable[["Interpreter", Data, Scope], Coroutine[Any, Any, Any]]
CONSTRUCTS: dict[str, Construct] = {}
KINDS: dict[str, Work] = {}


def construct(word: str) -> Callable[[Construct], Construct]:
    """Register what a block does, by its first key."""
    return lambda function: CONSTRUCTS.setdefault(word, function)


def work(key: str) -> Callable[[Work], Work]:
    """Register what a kind of step does, by the key that tells it."""
    return lambda function: KINDS.setdefault(key, function)
