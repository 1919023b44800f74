"""What several files of a project declare under one name, and should declare alike.

The files of one module are checked by the finders; these are of different modules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from n3gen.check.rules.shared_rules import DifferentNumbers
from n3gen.diagnostics import Diagnostic
from n3gen.source import Loc
from n3gen.spec.values import shown
from n3gen.syntax.document import Document

__all__ = ["differences"]


@dataclass(frozen=True, slots=True)
class _Stated:
    """A value that a file states at `loc`; `what` says of what, in words."""

    what: str
    value: Any
    document: Document
    loc: Loc


def differences(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """Find limits, and rates of connections, that files state differently."""
    first: dict[tuple[Any, ...], _Stated] = {}
    for document in documents:
        for key, stated in _statements(document):
            other = first.setdefault(key, stated)
            if other.value != stated.value and other.document is not document:
                yield _difference(stated, other)


def _difference(one: _Stated, other: _Stated) -> Diagnostic:
    labels = [each.document.label(each.loc) for each in (one, other)]
    if one.loc[-1] == "within" or other.loc[-1] == "within":
        return DifferentNumbers.within(one.what, labels)
    return DifferentNumbers.of(one.what, shown(one.value), shown(other.value), labels)


def _statements(document: Document) -> Iterator[tuple[tuple[Any, ...], _Stated]]:
    """Yield what a file states, each with what it is known by in the whole process."""
    for name, data in _mapping(document.data.get("limits")).items():
        limit = _mapping(data) or {"permits": data}
        loc: Loc = ("limits", name)
        for key in ("permits", "within"):
            place = (*loc, key) if key in _mapping(data) else loc
            what = f"limit `{shown(name)}`" if key == "permits" else shown(name)
            yield ("limit", name, key), _Stated(what, limit.get(key), document, place)
    for name, data in _mapping(document.data.get("connections")).items():
        given = _mapping(data)
        address = str(given.get("api")), str(given.get("base_url"))
        for key, value in _mapping(given.get("rate_limit")).items():
            what = f"`{shown(key)}` of connection `{shown(name)}`"
            place = ("connections", name, "rate_limit", key)
            yield (name, *address, key), _Stated(what, value, document, place)


def _mapping(data: Any) -> Mapping[Any, Any]:
    return data if isinstance(data, dict) else {}
