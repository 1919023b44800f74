"""Payloads that steps give to the chains that they run."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from n3gen.check.data_fits import misfits
from n3gen.check.finders import chain_finder
from n3gen.check.rules.payload_rules import UnfitPayload
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.expressions import parse_template
from n3gen.semantics.known import Semantics
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, ChainStep, InputField, Place, TypeRef
from n3gen.spec.type_fit import fits
from n3gen.spec.types import spelled
from n3gen.spec.values import described, shown

__all__ = ["check_payloads", "may_be", "unfit"]

_STR: Final = TypeRef(name="str")

_PLAIN: Final = ("str", "int", "float", "bool", "list", "dict", "one of")
"""Types that decide by themselves whether they accept others."""


@chain_finder
def check_payloads(known: Semantics) -> Iterator[Diagnostic]:
    """Find payloads that the inputs of the chains they are given to rule out."""
    for chain in known.checked:
        types = known.types[chain.name]
        for entry in every_entry(chain.steps):
            callee = known.chains.get(getattr(entry, "target", None) or "")
            if not isinstance(entry, ChainStep) or callee is None:
                continue
            rejected = {chain.name, callee.name} & known.spec.rejected
            if callee.input is None or rejected:
                continue
            fields = {field.key: field for field in callee.input}
            if entry.payload is None and chain.input is not None:
                yield from _passed_on(known, entry, chain, callee, fields, types)
            elif isinstance(entry.payload, dict):
                yield from _given(known, entry, callee, fields, types)


def _passed_on(
    known: Semantics,
    step: ChainStep,
    chain: Chain,
    callee: Chain,
    fields: Mapping[str, InputField],
    types: ValueTypes,
) -> Iterator[Diagnostic]:
    """Find fields of the payload that a chain passes on as it is."""
    own = {field.key: field for field in chain.input or ()}
    label = known.places.value(step.place / "target")
    yield from _missing(known, step, callee, fields, own)
    for name in sorted(own.keys() - fields.keys()):
        yield UnfitPayload.passed_on(shown(callee.name), shown(name), label)
    for name in sorted(own.keys() & fields.keys()):
        if not may_be(own[name].type, fields[name].type, types):
            given = f"{spelled(own[name].type)} in `{shown(chain.name)}`"
            wanted = spelled(fields[name].type)
            yield UnfitPayload.wrong(
                shown(callee.name), shown(name), wanted, given, label
            )


def _given(
    known: Semantics,
    step: ChainStep,
    callee: Chain,
    fields: Mapping[str, InputField],
    types: ValueTypes,
) -> Iterator[Diagnostic]:
    """Find fields of a payload that is written out."""
    place = step.place / "payload"
    meant = {nearest(str(name), fields) for name in step.payload.keys() - fields.keys()}
    yield from _missing(known, step, callee, fields, {*step.payload, *meant})
    for name, value in step.payload.items():
        if name not in fields:
            label, near = known.places.key(place / name), nearest(str(name), fields)
            yield UnfitPayload.unknown(shown(callee.name), shown(name), label, near)
            continue
        given = unfit(value, fields[name].type, types)
        if given is not None:
            label, wanted = known.places.value(place / name), spelled(fields[name].type)
            yield UnfitPayload.wrong(
                shown(callee.name), shown(name), wanted, given, label, value
            )
        elif isinstance(value, dict | list):
            yield from _within(known, callee, fields[name], value, place / name)


def _within(
    known: Semantics, callee: Chain, field: InputField, value: Any, place: Place
) -> Iterator[Diagnostic]:
    """Find what in a list or a mapping that is written out is not of the field's type."""
    records = known.types[callee.name].records
    for misfit in misfits(value, field.type, records, has_rows=True):
        at = Place(place.path, (*place.loc, *misfit.keys))
        label = known.places.key(at) if misfit.is_key else known.places.value(at)
        yield UnfitPayload.within(shown(callee.name), shown(field.key), misfit, label)


def _missing(
    known: Semantics,
    step: ChainStep,
    callee: Chain,
    fields: Mapping[str, InputField],
    given: Container[Any],
) -> Iterator[Diagnostic]:
    """Find the first field without a default that is not given."""
    for name, field in fields.items():
        if field.required and name not in given:
            label = known.places.value(step.place / "target")
            defined = known.places.key(field.place, "needed here")
            yield UnfitPayload.missing(shown(callee.name), shown(name), label, defined)
            return


def unfit(value: Any, wanted: TypeRef, types: ValueTypes) -> str | None:
    """Return what a value is that is not of a type, as far as is known."""
    if isinstance(value, str) and "{" in value:
        read = parse_template(value)
        if read.constant is None and not read.is_single:
            is_text = read.faults or may_be(_STR, wanted, types)
            return None if is_text else "a text"
        if read.constant is None:
            found = types.of_node(read.tree) if read.tree else None
            if found is None or may_be(found[1], wanted, types):
                return None
            return f"`{found[0]}`, {spelled(found[1])}"
    if wanted.name in types.records:
        return None if isinstance(value, dict) else described(value)
    is_open = isinstance(value, dict | list) or _is_open(wanted)
    return None if is_open or fits(value, wanted) else described(value)


def _is_open(wanted: TypeRef) -> bool:
    """Whether plain data may be of a type that only pydantic knows."""
    return wanted.name not in _PLAIN and wanted.name != "union"


def may_be(given: TypeRef, wanted: TypeRef, types: ValueTypes) -> bool:
    """Whether a value of one type may be of another, as far as is known."""
    records = [type_ for type_ in (given, wanted) if type_.name in types.records]
    if len(records) == 2:
        return given.name == wanted.name
    if records:
        (other,) = {given, wanted} - {*records}
        return other.name not in _PLAIN or other.name == "dict"
    if (
        given.name not in _PLAIN
        or wanted.name not in _PLAIN
        or given.name == wanted.name
    ):
        return True
    texts = {"str", "one of"}
    numbers = {"int", "float", "one of"}
    return {given.name, wanted.name} <= texts or {given.name, wanted.name} <= numbers
