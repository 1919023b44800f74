"""Types that cannot have a value, as they need themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from n3gen.check.finders import finder
from n3gen.check.names import type_names
from n3gen.check.rules.circle_rules import EndlessType
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places
from n3gen.spec.model import TypeDef, TypeField, TypeRef
from n3gen.spec.values import shown

__all__ = ["check_type_circles"]


@finder
def check_type_circles(known: Semantics) -> Iterator[Diagnostic]:
    """Find types whose fields lead back to them, each circle once."""
    records = {record.name: record for record in known.spec.types}
    endless = _endless(records)
    done: set[str] = set()
    for name in records:
        if name in endless and name not in done:
            found = _circle(name, records, endless, done, known.places)
            if found is not None:
                yield found


def _endless(records: Mapping[str, TypeDef]) -> Set[str]:
    """The types that have no value: all but those that can be made, one after another."""
    users: dict[str, list[str]] = {}
    for record in records.values():
        for field in record.fields:
            for name in type_names(field.type):
                users.setdefault(name, []).append(record.name)
    endless = {*records}
    waiting = [*records]
    while waiting:
        name = waiting.pop()
        if name in endless and not any(_needed(records[name].fields, endless)):
            endless.remove(name)
            waiting += users.get(name, ())
    return endless


def _needed(
    fields: Iterable[TypeField], endless: Set[str]
) -> Iterator[tuple[TypeField, str]]:
    """The fields that have to hold a type without values, each with one such type."""
    for field in fields:
        name = _without_value(field.type, endless) if field.required else None
        if name is not None:
            yield field, name


def _without_value(type_: TypeRef, endless: Set[str]) -> str | None:
    if type_.name == "union":
        found = [_without_value(one, endless) for one in type_.args]
        return found[0] if all(found) else None
    return type_.name if type_.name in endless else None


def _circle(
    name: str,
    records: Mapping[str, TypeDef],
    endless: Set[str],
    done: set[str],
    places: Places,
) -> Diagnostic | None:
    """Follow the fields from a type without values: the way leads into a circle."""
    way: dict[str, TypeField] = {}
    while name not in way:
        if name in done:
            done.update(way)
            return None
        field, following = next(_needed(records[name].fields, endless))
        way[name] = field
        name = following
    done.update(way)
    names = [*way][[*way].index(name) :]
    labels = [places.value(way[one].place) for one in names]
    return EndlessType.of([*map(shown, names)], shown(way[names[-1]].name), labels)
