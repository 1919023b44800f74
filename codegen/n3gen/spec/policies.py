"""Reading tries, fallbacks, caches, budgets, rates and timeouts."""

from __future__ import annotations

from typing import Any, Final

from n3gen.source import Loc
from n3gen.spec.failures import read_failures
from n3gen.spec.keys import Key, key_names
from n3gen.spec.nodes import (
    MOST_TRIES,
    Budget,
    Cache,
    Fallback,
    RateLimit,
    Retry,
    Timeouts,
)
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadDuration, OutOfRange, WrongType
from n3gen.spec.values import boolean_meant, described, is_int, number_or_kind, shown

__all__ = [
    "read_budget",
    "read_cache",
    "read_fallback",
    "read_rate_limit",
    "read_retry",
    "read_timeouts",
    "whole_number",
]


_MAX_DELAY: Final = 30.0
"""The longest delay between two tries where a spec says nothing, in seconds."""

_LARGEST_COST: Final = 1e15


def whole_number(
    reader: Reader,
    loc: Loc,
    values: dict[str, Any],
    key: str,
    *,
    least: int = 1,
    most: int | None = None,
) -> None:
    """Drop what is under `key` where it is no whole number of that range."""
    value = values.get(key)
    if value is None:
        values.pop(key, None)
        return
    label = reader.document.label((*loc, key))
    if not is_int(value):
        wanted = "a whole number"
        reader.report(WrongType.of(f"`{key}`", wanted, number_or_kind(value), label))
    elif value < least or (most is not None and value > most):
        wanted = f"at least {least}" if most is None else f"from {least} to {most}"
        reader.report(OutOfRange.of(key, shown(value), wanted, label))
    elif value.bit_length() > 63:
        reader.report(OutOfRange.of(key, shown(value), "less than that", label))
    else:
        return
    del values[key]


def _taken(values: dict[str, Any], key: str) -> Any:
    """The value under `key`, which is taken out: what it makes comes in its place."""
    return values.pop(key, None)


def read_retry(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `retry`, a number of tries or a mapping, to a `Retry`; `none` is no further try."""
    given, at = _taken(values, "retry"), (*loc, "retry")
    if given is None:
        return
    if isinstance(given, dict):
        keys = _retry_keys(reader, at, given)
    elif given == "none":
        keys = {"max": 0}
    elif isinstance(given, int | float) and not isinstance(given, bool):
        count = {"retry": given}
        whole_number(reader, loc, count, "retry", least=0, most=MOST_TRIES)
        keys = {"max": count["retry"]} if count else {}
    else:
        label = reader.document.label(at)
        wanted = "a number of tries or a mapping"
        is_number = isinstance(given, str) and given.isdecimal()
        way_out = f"write `{shown(given)}` without quotes" if is_number else None
        reader.report(WrongType.of("`retry`", wanted, described(given), label, way_out))
        return
    if "max" in keys:
        values["retry"] = reader.build(Retry, at, keys, "`retry`")


def _retry_keys(reader: Reader, at: Loc, given: dict[str, Any]) -> dict[str, Any]:
    keys = reader.known(at, given, Retry.KEYS, "`retry`")
    if keys.get("max") is None:
        reader.missing(at, "max", "this `retry`", "say how many more tries there are")
    whole_number(reader, at, keys, "max", least=0, most=MOST_TRIES)
    reader.duration(at, keys, "delay", zero=True)
    reader.duration(at, keys, "max_delay")
    delay, most = keys.get("delay"), keys.get("max_delay", _MAX_DELAY)
    if isinstance(delay, float) and delay > most:
        label = reader.document.label((*at, "delay"))
        longest = None
        if "max_delay" in keys:
            longest = reader.document.label((*at, "max_delay"), "the longest delay")
        reader.report(OutOfRange.delay(delay, most, label, longest))
        del keys["delay"]
    read_failures(reader, at, keys, retried=True)
    return {key: value for key, value in keys.items() if value is not None}


def read_fallback(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `fallback`, a name or a list of names and mappings, to `Fallback`s."""
    given, at = _taken(values, "fallback"), (*loc, "fallback")
    if given is None:
        return
    if isinstance(given, list):
        found = [_fallback(reader, (*at, i), item) for i, item in enumerate(given)]
    else:
        found = [_fallback(reader, at, given)]
    values["fallback"] = tuple(item for item in found if item is not None)


def _fallback(reader: Reader, loc: Loc, data: Any) -> Fallback | None:
    what = "a fallback"
    if isinstance(data, str) and data:
        return reader.build(Fallback, loc, {"connector": data}, what)
    if not isinstance(data, dict):
        wanted = "the name of a connector or a mapping"
        label = reader.document.label(loc)
        given = "an empty text" if data == "" else described(data)
        reader.report(WrongType.of(what, wanted, given, label))
        return None
    keys = reader.known(loc, data, Fallback.KEYS, what)
    read_failures(reader, loc, keys, retried=False)
    if not keys.get("connector"):
        keys.pop("connector", None)
    return reader.build(Fallback, loc, keys, what)


def read_cache(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `cache`, a time, `true` or a mapping, to a `Cache`."""
    given, at = _taken(values, "cache"), (*loc, "cache")
    if given is None:
        return
    is_word = isinstance(given, str) and not given.strip().isdigit()
    meant = boolean_meant(given) if is_word else None
    if given is False or meant == "false":
        label = reader.document.label(at)
        wanted = "a time, `true` or a mapping"
        way_out = "without `cache`, nothing is kept"
        found = f"`{shown(given)}`"
        reader.report(WrongType.of("`cache`", wanted, found, label, way_out))
        return
    keys: dict[str, Any] = {}
    if isinstance(given, dict):
        keys = reader.known(at, given, Cache.KEYS, "`cache`")
        reader.duration(at, keys, "ttl")
        reader.data(at, keys, "key")
        keys["has_key"] = keys.get("key") is not None
        _plain_path(reader, at, keys)
    elif given is not True:
        if meant == "true":
            label = reader.document.label(at)
            message = f"`{shown(given)}` is not a duration"
            reader.report(BadDuration.of("cache", message, label, "write `true`"))
            return
        time = {"cache": given}
        reader.duration(loc, time, "cache")
        if not time:
            return
        keys = {"ttl": time["cache"]}
    values["cache"] = reader.build(Cache, at, keys, "`cache`")


def _plain_path(reader: Reader, loc: Loc, keys: dict[str, Any]) -> None:
    """Take out a path that is empty."""
    path = keys.get("path")
    if not isinstance(path, str) or path.strip():
        return
    label = reader.document.label((*loc, "path"))
    reader.report(WrongType.plainly("`path` is empty", label))
    del keys["path"]


def read_budget(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `budget` to a `Budget`."""
    keys = _counts(reader, loc, values, "budget", Budget.KEYS)
    if keys is None:
        return
    at = (*loc, "budget")
    cost = keys.get("cost")
    if isinstance(cost, int | float) and not isinstance(cost, bool):
        keys["cost"] = float(cost) if 0 < cost < _LARGEST_COST else None
        if keys["cost"] is None:
            label = reader.document.label((*at, "cost"))
            reader.report(OutOfRange.of("cost", shown(cost), "a number above 0", label))
    values["budget"] = reader.build(Budget, at, keys, "`budget`")


def read_rate_limit(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `rate_limit` to a `RateLimit`."""
    keys = _counts(reader, loc, values, "rate_limit", RateLimit.KEYS)
    if keys is not None:
        at = (*loc, "rate_limit")
        values["rate_limit"] = reader.build(RateLimit, at, keys, "`rate_limit`")


def _counts(
    reader: Reader, loc: Loc, values: dict[str, Any], key: str, known: tuple[Key, ...]
) -> dict[str, Any] | None:
    """The items of a mapping of counts; `None` where there is none, or nothing in it."""
    given, at = _taken(values, key), (*loc, key)
    if given is None:
        return None
    keys = reader.known(at, reader.mapping(at, given, f"`{key}`"), known, f"`{key}`")
    if given == {}:
        label = reader.document.label(at)
        listed = ", ".join(f"`{name}`" for name in key_names(known))
        message = f"`{key}` is empty: it has at least one of {listed}"
        reader.report(WrongType.plainly(message, label))
    for name in key_names(known):
        if name != "cost":
            whole_number(reader, at, keys, name)
    return keys or None


def read_timeouts(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert the `timeout` of a connection, a time or a mapping of them, to `timeouts`."""
    given, at = _taken(values, "timeout"), (*loc, "timeout")
    if given is None:
        return
    if isinstance(given, dict):
        keys = reader.known(at, given, Timeouts.KEYS, "`timeout`")
        for key in key_names(Timeouts.KEYS):
            reader.duration(at, keys, key)
    else:
        time = {"timeout": given}
        reader.duration(loc, time, "timeout")
        keys = {"total": time["timeout"]} if time else {}
    if keys:
        values["timeouts"] = reader.build(Timeouts, at, keys, "`timeout`")
