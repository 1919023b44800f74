"""What an `http` step sends, and the fields that are read of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from n3gen.check.finders import chain_finder, finder
from n3gen.check.mends import adding
from n3gen.check.rules.address_rules import BodyOfGet
from n3gen.check.rules.meant_rules import UnfitValue
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.expressions import STEP_FACTS
from n3gen.expressions.rules import UnknownField
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import Places, all_steps, every_entry, every_part
from n3gen.spec.connections import HEADER_NAME
from n3gen.spec.model import Chain, Entry, HttpStep, OnError, Place, TypeDef, TypeRef
from n3gen.spec.rules import WrongType
from n3gen.spec.types import TYPE_WORDS, spelled
from n3gen.spec.values import described, shown

__all__ = [
    "check_bodies_of_get",
    "check_http_fields",
    "check_response_types",
    "check_sent_numbers",
    "response_steps",
]

_FIELDS: Final = ("status", "headers", "body")
_MEANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("status_code", "code", "statusCode"), "status"),
    **dict.fromkeys(("json", "text", "content", "data", "response"), "body"),
}
"""What other libraries call the fields of a response."""


@chain_finder
def check_http_fields(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields that a response does not have."""
    for chain in known.checked:
        responses = response_steps(chain)
        for part in every_part(chain) if responses else ():
            document = known.documents[part.place.path]
            for text in part.texts():
                for reference in parsed(text).references:
                    is_step = reference.root in ("name", "step")
                    name = reference.path[0] if reference.path else "status"
                    is_value = is_step and not reference.fact
                    if is_value and reference.name in responses and name not in _FIELDS:
                        owner, fields = shown(reference.name), [*_FIELDS]
                        if reference.root == "step":
                            owner = f"steps.{owner}"
                            fields = [*dict.fromkeys((*STEP_FACTS, *_FIELDS))]
                        meant = _MEANT.get(name) or nearest(name, fields)
                        place = reference.places[0]
                        fault = UnknownField.of(
                            owner, shown(name), place, fields, meant
                        )
                        yield fault.diagnostic(document, (*part.place.loc, *text.keys))


def response_steps(chain: Chain) -> Set[str]:
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


_MAPPINGS: Final = ("any", "dict")


@finder
def check_response_types(known: Semantics) -> Iterator[Diagnostic]:
    """Find requests whose `output` no response is ever of."""
    records = {record.name: record for record in known.spec.types}
    for step in all_steps(known.spec):
        if not isinstance(step, HttpStep) or step.output is None:
            continue
        if not _may_be_response(step.output, records):
            wanted = shown(spelled(step.output))
            words = (
                f"a response is a mapping of `status`, `headers` and `body`, "
                f"not of type `{wanted}`"
            )
            way_out = (
                f"say the type of the body by a type of yours that has it, "
                f"`type Response: {{body: {wanted}}}`, and write `output: Response`"
            )
            label = known.places.value(step.place / "output")
            yield UnfitValue.of(shown(step.name or ""), words, way_out, None, label)


def _may_be_response(wanted: TypeRef, records: Mapping[str, TypeDef]) -> bool:
    if wanted.name == "union":
        return any(_may_be_response(one, records) for one in wanted.args)
    if wanted.name in records:
        fields = records[wanted.name].fields
        return not fields or any(field.key in _FIELDS for field in fields)
    # What nothing defines is reported.
    return wanted.name in _MAPPINGS or wanted.name not in TYPE_WORDS


@finder
def check_bodies_of_get(known: Semantics) -> Iterator[Diagnostic]:
    """Find requests with a body that do not say their method."""
    for step in all_steps(known.spec):
        if not isinstance(step, HttpStep) or step.json_ is None:
            continue
        if known.places.data(step.place / "method") is None:
            document = known.documents[step.place.path]
            fix = adding(document, step.place.loc, "method: POST")
            yield BodyOfGet.of(known.places.key(step.place / "json"), fix)


@finder
def check_sent_numbers(known: Semantics) -> Iterator[Diagnostic]:
    """Find headers and parts of queries that are sent otherwise than they are written."""
    for step in all_steps(known.spec):
        if isinstance(step, HttpStep):
            for key, sent in (("headers", step.headers), ("query", step.query)):
                for name, value in sent.items() if isinstance(sent, dict) else ():
                    place = step.place / key / name
                    yield from _sent(key, name, value, place, known.places)


def _sent(
    key: str, name: str, value: Any, place: Place, places: Places
) -> Iterator[Diagnostic]:
    """Find what a header or a part of a query cannot be, or is not as it is written."""
    if key == "headers" and not HEADER_NAME.fullmatch(name) and "{{" not in name:
        label = places.key(place)
        what = f"`{shown(name)}` is not the name of a header"
        yield WrongType.plainly(what, label, "write letters, digits and `-`")
    is_list = isinstance(value, list)
    if isinstance(value, dict) or (is_list and key == "headers"):
        what = f"`{shown(name)}` of `{key}` is one value, not {described(value)}"
        yield WrongType.plainly(what, places.value(place), "write a text or a number")
    elif is_list:
        for index, item in enumerate(value):
            yield from _respelled(name, item, places.value(place / index))
    else:
        yield from _respelled(name, value, places.value(place))


def _respelled(name: str, value: Any, written: Label) -> Iterator[Diagnostic]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    spelling = written.file.text[written.span.start : written.span.end]
    if spelling != str(value):
        what = f"`{shown(name)}` is sent as `{value}`, not as `{shown(spelling)}`"
        yield WrongType.plainly(what, written, f'write `"{shown(spelling)}"`')
