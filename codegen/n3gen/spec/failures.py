"""Reading the kinds of failure that `on` and `on_error` name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from n3gen.diagnostics.suggest import listed, nearest
from n3gen.source import Loc
from n3gen.spec.key_shapes import Choice, ListOf, OneOf, Whole
from n3gen.spec.nodes import FAILURES, FailureWord
from n3gen.spec.reader import Reader
from n3gen.spec.rules import HopelessRetry, UnknownChoice, UnknownFailure, WrongType
from n3gen.spec.values import described, is_int, shown

__all__ = ["ANY", "CAUGHT", "kinds_in", "read_caught", "read_failures", "reject_kinds"]

ANY: Final = "any"
"""The kind of every error."""

_CAUGHT: Final = (*FAILURES, "failed", "refusal", "budget", ANY)
"""The words for kinds of errors that a clause can name."""

_KIND: Final = OneOf(Choice(*_CAUGHT), Whole(400, 599), called="an error kind")
CAUGHT: Final = OneOf(_KIND, ListOf(_KIND, least=1))
"""What stands behind `on_error`."""

_HOPELESS: Final[Mapping[str | int, str]] = {
    "refusal": "a model that refuses refuses again",
    "context_length": "the prompt is as long the next time",
    "budget": "what is spent is spent",
    400: "the request is at fault, and it is the same the next time",
}
_NEVER: Final[Mapping[str | int, str]] = {
    "refusal": "a refusal is an answer, and not to be got round",
    "budget": "nothing is left to ask another model with",
}
_STATUS: Final = re.compile(r"[1-9]\d\d", re.ASCII)


def read_failures(
    reader: Reader, loc: Loc, values: dict[str, Any], *, retried: bool
) -> None:
    """Convert `on`, one kind of failure or a list of them, to a tuple."""
    given = values.pop("on", None)
    kinds = [
        kind
        for at, kind in _listed(reader, (*loc, "on"), given)
        if _can_be_named(reader, at, kind, retried=retried)
        and _is_kind(reader, at, kind, FAILURES)
    ]
    if kinds:
        values["on"] = tuple(dict.fromkeys(kinds))


def read_caught(
    reader: Reader, loc: Loc, data: Mapping[str, Any]
) -> tuple[FailureWord, ...]:
    """Return the kinds of errors that a clause names; none are all."""
    given = _listed(reader, (*loc, "on_error"), data.get("on_error"))
    for at, kind in given:
        _is_kind(reader, at, kind, _CAUGHT)
    kinds = [kind for _, kind in given]
    # What is no kind stays, as the clause is not for all.
    return () if ANY in kinds else tuple(k if _is_word(k) else "?" for k in kinds)


def reject_kinds(reader: Reader, loc: Loc, values: dict[str, Any], place: str) -> None:
    """Drop `on_error` where it names kinds of errors, as a clause does; report it."""
    if kinds := kinds_in(values.get("on_error")):
        label = reader.document.label((*loc, "on_error"))
        reader.report(UnknownChoice.kinds(kinds, place, label))
        del values["on_error"]


def kinds_in(value: Any) -> str:
    """Return the kinds of errors that a value names, as a list of them; empty for none."""
    items = value if isinstance(value, list) else [value]
    items = [next(iter(one), "") if isinstance(one, dict) else one for one in items]
    kinds = [
        shown(one)
        for one in items
        if (isinstance(one, str) and one in _CAUGHT)
        or (_is_word(one) and _STATUS.fullmatch(str(one)))
    ]
    return f"[{', '.join(kinds)}]" if kinds and len(kinds) == len(items) else ""


def _is_word(kind: Any) -> bool:
    return isinstance(kind, str | int) and not isinstance(kind, bool)


def _listed(reader: Reader, loc: Loc, given: Any) -> list[tuple[Loc, Any]]:
    """The kinds in a value, each with its place."""
    if given is None:
        return []
    if not isinstance(given, list):
        return [(loc, given)]
    if not given:
        message = f"`{loc[-1]}` names no kind of failure"
        reader.report(WrongType.plainly(message, reader.document.label(loc)))
    return [((*loc, index), kind) for index, kind in enumerate(given)]


def _can_be_named(reader: Reader, loc: Loc, kind: Any, *, retried: bool) -> bool:
    """Whether work may be done again, or by others, after a failure; report it where not."""
    label = reader.document.label(loc)
    if retried and isinstance(kind, str | int) and kind in _HOPELESS:
        reader.report(HopelessRetry.of(shown(kind), _HOPELESS[kind], label))
    elif isinstance(kind, str | int) and kind in _NEVER:
        reader.report(UnknownFailure.never(shown(kind), _NEVER[kind], label))
    else:
        return True
    return False


def _is_kind(reader: Reader, loc: Loc, kind: Any, words: tuple[str, ...]) -> bool:
    """Whether `kind` is one of `words` or a status of an error; report it where not."""
    label = reader.document.label(loc)
    if not _is_word(kind):
        wanted = "a word or a status"
        reader.report(WrongType.of("a kind of failure", wanted, described(kind), label))
    elif isinstance(kind, str) and _STATUS.fullmatch(kind):
        reader.report(UnknownFailure.quoted(kind, label))
    elif kind in words or (is_int(kind) and 400 <= kind <= 599):
        return True
    else:
        meant = nearest(kind, words) if isinstance(kind, str) else None
        known = (*words, *map(str, range(400, 600)))
        if isinstance(kind, str) and (several := listed(kind, known)):
            reader.report(UnknownFailure.several(shown(kind), several, label))
            return False
        reader.report(UnknownFailure.of(shown(kind), words, label, meant))
    return False
