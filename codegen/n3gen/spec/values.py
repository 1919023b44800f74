"""Single values of a document: durations, words for messages, and faults."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final, TypeGuard, get_args

__all__ = [
    "LONGEST",
    "Fault",
    "boolean_meant",
    "data_fault",
    "data_faults",
    "described",
    "duration",
    "is_int",
    "literal_words",
    "number_or_kind",
    "seconds",
    "seconds_said",
    "shown",
    "way_of_boolean",
]

LONGEST: Final = 366 * 24 * 3600
"""The longest duration in seconds: a year. More is a slip of a unit."""

_LARGEST_BITS: Final = 1024
_SHOWN: Final = 40
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_IN_WORDS: Final = re.compile(
    r"(\d+(?:\.\d+)?)\s*(millisecond|msec|sec|second|min|minute|hr|hour|day)s?\.?"
)
_DURATION: Final = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)[ ]?(ms|s|m|h|d)", re.ASCII)


_BOOLEANS: Final = {
    **dict.fromkeys(("yes", "on", "y", "true", "1"), "true"),
    **dict.fromkeys(("no", "off", "n", "false", "0"), "false"),
}


class Fault(ValueError):
    """What is wrong with a value: a message and, if there is one, a hint."""

    def __init__(self, message: str, way_out: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out


def is_int(value: object) -> TypeGuard[int]:
    """Whether `value` is a whole number; `True` and `False` are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def boolean_meant(value: object) -> str | None:
    """Return `true` or `false` where `value` says that in another spelling, as `yes` does."""
    return _BOOLEANS.get(str(value).strip().lower())


def way_of_boolean(key: object, value: object) -> str | None:
    """The way out for what is neither true nor false under the key of a step."""
    if meant := boolean_meant(value):
        return f"write `{meant}`"
    if key == "parallel" and is_int(value):
        return (
            f"write `true`; the chain's `max_parallel: {shown(value)}` bounds its steps"
        )
    return None


def shown(value: Any) -> str:
    """`value` for a message: on one line, printable, at most some 40 characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of many digits"
    if isinstance(value, str | int | float):
        return _printable(str(value) if not isinstance(value, str) else value)
    return described(value)


def _printable(text: str) -> str:
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else _escaped(c) for c in cut)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def described(value: Any) -> str:
    """What a value is, in words: `a text`, `a list`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "`true` or `false`"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def number_or_kind(value: Any) -> str:
    """Return a number as it is written, and of any other value what it is in words."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return shown(value) if is_number else described(value)


def seconds(value: Any, *, zero: bool = False) -> float:
    """The seconds that a duration means: a number of them, or `"250ms"`, `"1.5h"`.

    Raises `Fault` for what is no duration, is not positive (`zero` allows 0) or
    is longer than a year.
    """
    result = _number(value)
    if math.isnan(result):
        raise Fault("a duration is a number of seconds, and this is none")
    if result < 0 or (result == 0 and not zero):
        raise Fault(f"a duration is above 0, and `{shown(value)}` is not")
    if result > LONGEST:
        given = "this" if math.isinf(result) else f"`{shown(value)}`"
        raise Fault(f"{given} is longer than a year, which is the most")
    return result


def duration(seconds: float) -> str:
    """Return a time as a spec writes it: `90s`, `5m`, `2d`."""
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:g}{letter}"
    return f"{seconds:g}s"


def seconds_said(text: str, *, zero: bool = False) -> float:
    """Return the seconds that a command line says: `90`, `0.5`, `2m`; raises `Fault`.

    What is a number in a spec is a text there.
    """
    try:
        number = float(text)
    except ValueError:
        return seconds(text, zero=zero)
    return seconds(number, zero=zero)


def _number(value: Any) -> float:
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(
            f"a duration is a number of seconds or a text such as `2s`, not {described(value)}"
        )
    if isinstance(value, int) and value.bit_length() > 64:
        return math.inf if value > 0 else -math.inf
    return float(value)


def _from_text(text: str) -> float:
    found = _DURATION.fullmatch(text.strip())
    if found is not None:
        # to the nanosecond: 700 * 0.001 is 0.7000000000000001
        return round(float(found[1]) * _UNITS[found[2]], 9)
    if re.fullmatch(r"\d{1,15}(\.\d{1,15})?", text.strip(), re.ASCII):
        raise Fault(
            f'"{shown(text)}" is a text without a unit',
            f"write `{text.strip()}` without quotes, or `{text.strip()}s`",
        )
    raise Fault(f"`{shown(text)}` is not a duration", _meant_duration(text))


_COUNT: Final = r"(\d+(?:\.\d+)?)"
_IN_PARTS: Final = re.compile(
    rf"p?(?:{_COUNT}d)?\s*t?(?:{_COUNT}h)?\s*(?:{_COUNT}m)?\s*(?:{_COUNT}s)?"
)
"""`PT5M` of ISO 8601, and `1h30m`."""

_SIZES: Final = (86400, 3600, 60, 1)


def _meant_duration(text: str) -> str:
    """What to write in place of a duration as other languages spell it."""
    if found := _IN_WORDS.fullmatch(text.strip().lower()):
        unit = "ms" if found[2] in ("msec", "millisecond") else found[2][0]
        return f"write `{found[1]}{unit}`"
    parts = _IN_PARTS.fullmatch(text.strip().lower())
    if parts is not None and any(parts.groups()):
        counts = (float(one or 0) for one in parts.groups())
        seconds = sum(n * size for n, size in zip(counts, _SIZES, strict=True))
        sizes = zip("dhm", _SIZES, strict=False)
        unit, size = next((x for x in sizes if seconds % x[1] == 0), ("s", 1))
        return f"write `{seconds / size:g}{unit}`"
    return "write a number of seconds, or `250ms`, `2s`, `5m`, `1h`, `2d`"


def data_fault(value: Any) -> tuple[tuple[str | int, ...], str] | None:
    """One of the faults of plain data, or `None` where it has none."""
    return next(data_faults(value), None)


def data_faults(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The places in plain data that no JSON could hold, and what is wrong there.

    That is a key that is not text, a number that is not finite, one of more than
    300 digits, and half of a surrogate pair.
    """
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        loc, item = waiting.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if not isinstance(key, str):
                    yield (*loc, key), f"the key `{shown(key)}` is not text: quote it"
                    continue
                waiting.append(((*loc, key), inner))
        elif isinstance(item, list | tuple):
            waiting.extend(((*loc, at), inner) for at, inner in enumerate(item))
        else:
            message = _scalar_fault(item)
            if message is not None:
                yield loc, message


def _scalar_fault(item: object) -> str | None:
    if isinstance(item, float) and not math.isfinite(item):
        return f"`{shown(item)}` is not a number that data can hold"
    if isinstance(item, int) and item.bit_length() > _LARGEST_BITS:
        return "the number has more than 300 digits"
    if isinstance(item, str) and _has_surrogate(item):
        return "the text contains half of a surrogate pair, which UTF-8 cannot encode"
    return None


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def literal_words(annotation: Any) -> tuple[str, ...]:
    """The words that a field takes, which may also be left out."""
    found = [
        word
        for part in (annotation, *get_args(annotation))
        for word in get_args(part)
        if isinstance(word, str)
    ]
    return tuple(dict.fromkeys(found))
