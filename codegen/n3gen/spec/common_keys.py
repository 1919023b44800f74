"""Keys that steps, blocks and connectors have in common."""

from __future__ import annotations

from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    Flag,
    ListOf,
    Name,
    OneOf,
    Prose,
    Whole,
)
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import MOST_TRIES, Cache, Fallback, Retry

__all__ = ["BACKGROUND", "DESCRIPTION", "PARALLEL", "RETRY", "TRIES"]

_FALLBACK = OneOf(
    Name(),
    Record("fallback", Fallback.KEYS, "a connector asked after a failure"),
    called="a connector",
)

RETRY = Key(
    "retry",
    OneOf(
        Whole(0, MOST_TRIES),
        Choice("none"),
        Record("retry", Retry.KEYS, "how often and when work is tried again"),
    ),
    "how often and when it is tried again: a number of further tries, or a mapping",
    also=("retries", "attempts", "max_retries"),
)

TRIES = (
    RETRY,
    Key(
        "fallback",
        OneOf(_FALLBACK, ListOf(_FALLBACK)),
        "connectors, as names or `{connector, on}`, that are asked one after another "
        "when all tries have failed",
    ),
    Key(
        "cache",
        OneOf(
            Duration(),
            Choice(True),
            Record("cache", Cache.KEYS, "what is kept of results"),
        ),
        "how long its result is kept",
    ),
)
"""The keys that say how often work is tried, what replaces it, and what is kept."""

DESCRIPTION = Key("description", Prose(), "the docstring of its function")
PARALLEL = Key("parallel", Flag(), "may run beside its neighbours", False)
BACKGROUND = Key(
    "background",
    Flag(),
    "what comes after it does not wait for it, but for a reference to it; it is awaited "
    "at the end of its body",
    False,
    also=("detach", "async"),
)
