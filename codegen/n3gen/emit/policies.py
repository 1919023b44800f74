"""What a spec says of tries, times, rates and caches, as Python expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from n3gen.emit.code import constant, keyword, name, seconds, support_call, tuple_of
from n3gen.expressions import Code
from n3gen.spec.model import Budget, Cache, RateLimit, Retry, Timeouts

__all__ = [
    "budget_code",
    "cache_code",
    "kinds_code",
    "rate_limit_code",
    "retry_code",
    "slots_code",
    "timeouts_code",
]


def retry_code(retry: Retry | None, *, any_error: bool = False) -> Code | None:
    """The `Retry` of a step, `None` where it is tried once.

    `any_error` is for work that may fail in ways that only its author knows.
    """
    if retry is None or retry.max == 0:
        return None
    return support_call("Retry", *_retry_parts(retry, any_error))


def _retry_parts(retry: Retry, any_error: bool) -> Iterator[Code]:
    yield constant(retry.max)
    if retry.backoff != "exponential":
        yield keyword("backoff", constant(retry.backoff))
    if retry.delay != 0.5:
        yield keyword("delay", seconds(retry.delay))
    if retry.max_delay != 30:
        yield keyword("max_delay", seconds(retry.max_delay))
    if not retry.jitter:
        yield keyword("jitter", constant(False))
    if retry.on is not None:
        yield keyword("on", kinds_code(retry.on))
    elif any_error:
        yield keyword("on", name("ANY_FAILURE", "ANY_FAILURE"))


def kinds_code(kinds: Iterable[str | int]) -> Code:
    """Kinds of failure as a tuple."""
    return tuple_of(map(constant, kinds))


def timeouts_code(timeouts: Timeouts) -> Code:
    """The `Timeouts` of a connection."""
    names = ("connect", "first_token", "idle", "total")
    return support_call("Timeouts", *_given(timeouts, *names))


def rate_limit_code(limit: RateLimit) -> Code:
    """The `RateLimit` of a connection."""
    names = ("requests_per_minute", "tokens_per_minute", "concurrent_requests")
    return support_call("RateLimit", *_given(limit, *names))


def budget_code(budget: Budget) -> Code:
    """The `Budget` of a run, within that of the chain that calls it."""
    parts = _given(budget, "requests", "tokens", "cost")
    return support_call("Budget", *parts, keyword("within", name("run.budget")))


def slots_code(permits: int) -> Code:
    """The slots of a run, within those of the chain that calls it."""
    within = keyword("within", name("run.slots"))
    return support_call("Slots", constant(permits), within)


def cache_code(cache: Cache, owner: str) -> Code:
    """The cache of a step; `owner` is what it is called in the spec."""
    parts = [constant(owner)]
    if cache.path is not None:
        parts.append(constant(cache.path))
    if cache.ttl is not None:
        parts.append(keyword("ttl", seconds(cache.ttl)))
    return support_call("MemoryCache" if cache.path is None else "SqliteCache", *parts)


def _given(node: Timeouts | RateLimit | Budget, *names: str) -> list[Code]:
    """The fields that are set, as keyword arguments."""
    values = [(name, getattr(node, name)) for name in names]
    return [
        keyword(name, seconds(value)) for name, value in values if value is not None
    ]
