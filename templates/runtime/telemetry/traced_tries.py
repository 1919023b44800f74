"""Attempts and fallbacks that are spans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from ..recovery.retries import Fallback, Retry, try_again
from ..run.run import Step
from .spans import Traced

__all__ = ["traced_fallback", "try_again_traced"]

T = TypeVar("T")


async def try_again_traced(
    step: Step,
    work: Callable[[], Awaitable[T]],
    retry: Retry | None = None,
    fallbacks: Sequence[Fallback] = (),
) -> T:
    """Return the value of `work` as `try_again` does; each attempt is a span."""

    async def attempt() -> T:
        with Traced("attempt", {"n3gen.attempt": step.attempts}):
            return await work()

    return await try_again(step, attempt, retry, fallbacks)


def traced_fallback(
    name: str,
    call: Callable[[], Awaitable[Any]],
    on: Sequence[str | int] | None = None,
) -> Fallback:
    """Return what is called when all tries have failed; its call is a span."""

    async def traced() -> Any:
        with Traced(f"fallback {name}", {"n3gen.fallback": name}):
            return await call()

    return Fallback(name, traced, on)
