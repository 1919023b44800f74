"""Fields that are read of what an `http` step gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Final

from n3gen.check.finders import finder
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.expressions.rules import UnknownField
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Written, parsed
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, Entry, HttpStep, OnError
from n3gen.spec.values import shown

__all__ = ["check_http_fields"]

_FIELDS: Final = ("status", "headers", "body")
_MEANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("status_code", "code", "statusCode"), "status"),
    **dict.fromkeys(("json", "text", "content", "data", "response"), "body"),
}
"""What other libraries call the fields of a response."""


@finder
def check_http_fields(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields that a response does not have."""
    for chain in known.spec.chains:
        responses = _responses(chain)
        parts: list[Written] = [*every_entry(chain.steps), chain] if responses else []
        for part in parts:
            document = known.documents[part.place.path]
            for text in part.texts():
                for reference in parsed(text).references:
                    is_step = reference.root in ("name", "step")
                    name = reference.path[0] if reference.path else "status"
                    is_value = is_step and not reference.fact
                    if is_value and reference.name in responses and name not in _FIELDS:
                        meant = _MEANT.get(name) or nearest(name, _FIELDS)
                        owner, place = shown(reference.name), reference.places[0]
                        fault = UnknownField.of(
                            owner, shown(name), place, [*_FIELDS], meant
                        )
                        yield fault.diagnostic(document, (*part.place.loc, *text.keys))


def _responses(chain: Chain) -> Set[str]:
    """The names of `http` steps whose values are responses, and nothing else anywhere."""
    found: set[str] = set()
    others: set[str] = set()
    for entry in every_entry(chain.steps):
        others.update(entry.binds)
        if entry.name is not None:
            (found if _is_response(entry) else others).add(entry.name)
    return found - others


def _is_response(entry: Entry) -> bool:
    """Say whether the value of an entry is a response, and nothing in its place."""
    if not isinstance(entry, HttpStep) or entry.fallback or entry.output is not None:
        return False
    recovers = any(isinstance(ending, OnError) for ending in entry.endings)
    return not entry.keeps_error and not recovers
