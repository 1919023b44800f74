"""Takes what a spec says of tries, times, rates and caches; hands on the Python of it."""

from __future__ import annotations

from collections.abc import Iterable

from n3gen.emit.texts import arguments, seconds_literal
from n3gen.expressions import literal
from n3gen.names import outside
from n3gen.spec.model import Budget, Cache, RateLimit, Retry, Timeouts

__all__ = [
    "budget_source",
    "cache_source",
    "kinds_source",
    "rate_limit_source",
    "retry_source",
    "timeouts_source",
]


def retry_source(retry: Retry | None, *, any_error: bool = False) -> str | None:
    """The `Retry` of a step, `None` where it is tried once.

    `any_error` is for work that may fail in ways that only its author knows.
    """
    if retry is None or retry.max == 0:
        return None
    parts = [str(retry.max)]
    if retry.backoff != "exponential":
        parts.append(f"backoff={literal(retry.backoff)}")
    if retry.delay != 0.5:
        parts.append(f"delay={seconds_literal(retry.delay)}")
    if retry.max_delay != 30:
        parts.append(f"max_delay={seconds_literal(retry.max_delay)}")
    if not retry.jitter:
        parts.append("jitter=False")
    if retry.on is not None:
        parts.append(f"on={kinds_source(retry.on)}")
    elif any_error:
        parts.append(f"on={outside('ANY_FAILURE')}")
    return f"{outside('Retry')}{arguments(parts)}"


def kinds_source(kinds: Iterable[str | int]) -> str:
    """Kinds of failure as a tuple."""
    items = [literal(kind) for kind in kinds]
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def timeouts_source(timeouts: Timeouts) -> str:
    """The `Timeouts` of a connection."""
    return f"{outside('Timeouts')}{arguments(_given(timeouts, 'connect', 'first_token', 'idle', 'total'))}"


def rate_limit_source(limit: RateLimit) -> str:
    """The `RateLimit` of a connection."""
    names = ("requests_per_minute", "tokens_per_minute", "concurrent_requests")
    return f"{outside('RateLimit')}{arguments(_given(limit, *names))}"


def budget_source(budget: Budget) -> str:
    """The `Budget` of a run, within that of the chain that calls it."""
    parts = [*_given(budget, "requests", "tokens", "cost"), "within=run.budget"]
    return f"{outside('Budget')}{arguments(parts)}"


def cache_source(cache: Cache, name: str) -> str:
    """The cache of a step."""
    parts = [literal(name)]
    if cache.path is not None:
        parts.append(literal(cache.path))
    if cache.ttl is not None:
        parts.append(f"ttl={seconds_literal(cache.ttl)}")
    kind = "MemoryCache" if cache.path is None else "SqliteCache"
    return f"{outside(kind)}{arguments(parts)}"


def _given(node: Timeouts | RateLimit | Budget, *names: str) -> list[str]:
    """The fields that are set, as keyword arguments."""
    values = [(name, getattr(node, name)) for name in names]
    return [
        f"{name}={seconds_literal(value)}"
        for name, value in values
        if value is not None
    ]
