"""Which values of one revision's type are of another revision's.

Each revision has its own declared types, so that a name may mean another record in
each. What callers give, and what they are given, are compared in opposite directions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from n3gen.interface.model import FieldInterface, Fields
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.types import parse_type, spelled
from n3gen.spec.values import shown

__all__ = ["Difference", "TypeComparison"]

_LEAST: Final = ("min", "min_length")
_MOST: Final = ("max", "max_length")


class Difference(NamedTuple):
    """What no longer fits: the path of a field, and a sentence's end about it."""

    path: tuple[str, ...]
    what: str


@dataclass(slots=True)
class TypeComparison:
    """Compares types of two revisions, `before` and `after`, with their declared types.

    With `given` the values come from the caller: what was accepted before is to be
    accepted after. Otherwise they go to the caller: what comes after is to be what came
    before. Types that hold themselves are taken to fit while they are compared.
    """

    before: Mapping[str, Fields]
    after: Mapping[str, Fields]
    given: bool
    _open: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def types(
        self, before: str, after: str, path: tuple[str, ...] = ()
    ) -> Iterator[Difference]:
        """Yield what of a type no longer fits."""
        old, new = parse_type(before), parse_type(after)
        if old.name in self.before and new.name in self.after:
            yield from self._records(old.name, new.name, path)
        elif old.name == new.name == "list":
            yield from self.types(_item(old), _item(new), path)
        elif not self._fits(old, new):
            yield Difference(path, f"was `{before}` and is `{after}` now")

    def fields(
        self, before: Fields, after: Fields, path: tuple[str, ...] = ()
    ) -> Iterator[Difference]:
        """Yield which fields of a record no longer fit."""
        gone = sorted(before.keys() - after.keys())
        renamed = self._renamed(gone, before, after)
        for name in gone:
            what = f"is called `{shown(renamed)}` now" if renamed else "is gone"
            yield Difference((*path, name), what)
        for name, new in after.items():
            if name == renamed:
                continue
            if (old := before.get(name)) is not None:
                yield from self._field(old, new, (*path, name))
            elif self.given and new.required:
                yield Difference((*path, name), "is new, and required")

    def _renamed(self, gone: list[str], before: Fields, after: Fields) -> str | None:
        """The new name of the only field that is gone, where one of its type has to be given."""
        new = [name for name in after if name not in before and after[name].required]
        if not self.given or len(gone) != 1 or len(new) != 1:
            return None
        (old,), (name,) = gone, new
        is_alike = before[old].required and before[old].type == after[name].type
        return name if is_alike else None

    def _field(
        self, old: FieldInterface, new: FieldInterface, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        wide, narrow = (new, old) if self.given else (old, new)
        if found := [*self.types(old.type, new.type, path)]:
            yield from found
        elif self.given and new.required and not old.required:
            yield Difference(path, "had a default, and is required now")
        elif (bound := _tighter(wide, narrow)) is not None:
            yield Difference(path, _bounded(bound, old, new))

    def _records(
        self, old: str, new: str, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        if (old, new) in self._open:
            return
        self._open.add((old, new))
        try:
            yield from self.fields(self.before[old], self.after[new], path)
        finally:
            self._open.discard((old, new))

    def _fits(self, old: TypeRef, new: TypeRef) -> bool:
        """Whether the values that are to fit do: old ones that are given, or new ones."""
        if self.given:
            return self._holds(new, old)
        return self._holds(old, new)

    def _holds(self, wide: TypeRef, narrow: TypeRef) -> bool:
        """Whether every value of the narrow type is one of the wide type."""
        if wide.name == "any" or (narrow == wide and not self._is_declared(wide)):
            return True
        if narrow.name == "union":
            return all(self._holds(wide, member) for member in narrow.args)
        if wide.name == "union":
            return any(self._holds(member, narrow) for member in wide.args)
        if narrow.name == "one of":
            return all(_has(wide, value) for value in narrow.values)
        if wide.name == "float":
            return narrow.name == "int"
        if wide.name != narrow.name and not self._is_declared(wide):
            return False
        if wide.name in ("list", "dict"):
            return all(map(self._holds, wide.args, narrow.args))
        return self._same_records(wide.name, narrow.name)

    def _same_records(self, wide: str, narrow: str) -> bool:
        old, new = (narrow, wide) if self.given else (wide, narrow)
        if old not in self.before or new not in self.after:
            return False
        return next(self._records(old, new, ()), None) is None

    def _is_declared(self, type_: TypeRef) -> bool:
        return type_.name in self.before or type_.name in self.after


def _item(type_: TypeRef) -> str:
    return spelled(type_.args[0])


def _has(wide: TypeRef, value: object) -> bool:
    """Whether a literal is of a plain type, or one of a choice."""
    if wide.name == "one of":
        return any(type(one) is type(value) and one == value for one in wide.values)
    plain = {"str": str, "int": int, "float": int, "none": type(None)}
    return wide.name in plain and type(value) is plain[wide.name]


def _tighter(wide: FieldInterface, narrow: FieldInterface) -> str | None:
    """The bound by which values that the narrow field allows are none of the wide one."""
    for bound, limit in wide.bounds.items():
        other = narrow.bounds.get(bound)
        if other == limit:
            continue
        if isinstance(limit, str) or isinstance(other, str) or other is None:
            return bound
        if (bound in _LEAST and other < limit) or (bound in _MOST and other > limit):
            return bound
    return None


def _bounded(bound: str, old: FieldInterface, new: FieldInterface) -> str:
    before, after = old.bounds.get(bound), new.bounds.get(bound)
    if before is None:
        return f"has a bound now: `{bound}: {after}`"
    if after is None:
        return f"no longer has the bound `{bound}: {before}`"
    return f"had the bound `{bound}: {before}` and has `{bound}: {after}` now"
