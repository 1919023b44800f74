"""Where the types of one revision no longer fit those of another.

Each revision has its own declared types, so that a name may mean another record in
each. What callers give, and what they are given, are compared in opposite directions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from n3gen.interface.field_changes import Difference, come_and_gone, field_faults
from n3gen.interface.fitting import Fitting, type_of
from n3gen.interface.model import Fields
from n3gen.semantics.field_types import MAPPING
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.types import spelled

__all__ = ["TypeComparison"]


@dataclass(slots=True)
class TypeComparison:
    """Compares types of two revisions, `before` and `after`, with their declared types.

    With `given` the values come from the caller: what was accepted before is to be
    accepted after. Otherwise they go to the caller: what comes after is to be what came
    before. What no longer fits is reported where it is, in records, lists, dicts, mappings
    and members of unions: of two records once for each field or key at the top.
    """

    before: Mapping[str, Fields]
    after: Mapping[str, Fields]
    given: bool
    _reported: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _fitting: Fitting = field(init=False)

    def __post_init__(self) -> None:
        self._fitting = Fitting(self.before, self.after, self.given)

    def types(
        self, old: TypeRef, new: TypeRef, path: tuple[str, ...] = ()
    ) -> Iterator[Difference]:
        """Yield what of a type no longer fits."""
        if self._fitting.fits(old, new):
            return
        pairs = self._unfit_parts(old, new)
        if pairs is None:
            yield _replaced(old, new, path)
        for one, other in pairs or ():
            yield from self._inside(one, other, path)

    def fields(
        self, before: Fields, after: Fields, path: tuple[str, ...] = ()
    ) -> Iterator[Difference]:
        """Yield which fields of a record no longer fit."""
        for inner, what in come_and_gone(before, after, given=self.given):
            yield Difference((*path, *inner), what)
        for key, new in after.items():
            if (old := before.get(key)) is None:
                continue
            own = (*path, key)
            found = [*self._part(type_of(old), type_of(new), own)]
            yield from found
            if all(one.path != own for one in found):
                for what in field_faults(old, new, given=self.given):
                    yield Difference(own, what)

    def _part(
        self, old: TypeRef, new: TypeRef, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        """Yield what of the type of a field or a key no longer fits."""
        reported = self._reported.copy()
        yield from self.types(old, new, path)
        if len(path) == 1:
            self._reported = reported

    def _unfit_parts(
        self, old: TypeRef, new: TypeRef
    ) -> list[tuple[TypeRef, TypeRef]] | None:
        """The members that do not fit, each with the one that takes its place.

        `None` where one has no such counterpart, so that the whole type is another one.
        """
        wide, narrow = map(_members, (new, old) if self.given else (old, new))
        found: list[tuple[TypeRef, TypeRef]] = []
        for member in narrow:
            pair = (member, new) if self.given else (old, member)
            if self._fitting.fits(*pair):
                continue
            counterpart = self._counterpart(member, narrow, wide)
            if counterpart is None:
                return None
            pair = (member, counterpart) if self.given else (counterpart, member)
            found.append(pair)
        return found

    def _counterpart(
        self, member: TypeRef, beside: Sequence[TypeRef], others: Sequence[TypeRef]
    ) -> TypeRef | None:
        """The member that is written alike, or stands as far behind others of its kind.

        Members that are there as they were do not count, and which of several records
        has become which other one is not guessed.
        """
        own, there = (
            (self.before, self.after) if self.given else (self.after, self.before)
        )
        if (kind := _kind(member, own)) is None:
            return None
        alike = [one for one in others if _kind(one, there) == kind]
        if member in alike:
            return member
        left = [one for one in alike if one not in beside]
        of_kind = [one for one in beside if _kind(one, own) == kind]
        own_left = [one for one in of_kind if one not in alike]
        if len(left) == len(own_left) and (kind != "record" or len(left) == 1):
            return left[own_left.index(member)]
        named = [one for one in alike if spelled(one) == spelled(member)]
        return named[0] if len(named) == 1 else None

    def _inside(
        self, old: TypeRef, new: TypeRef, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        """Yield what no longer fits in two types of one kind."""
        if self._fitting.is_record(old, new):
            yield from self._records(old.name, new.name, path)
        elif old.name == MAPPING:
            yield from self._mappings(old, new, path)
        elif all(map(self._fitting.fits, old.args[:-1], new.args[:-1])):
            found = [*self.types(old.args[-1], new.args[-1], path)]
            yield from (one for one in found if one.path != path)
            if any(one.path == path for one in found):
                yield _replaced(old, new, path)
        else:
            yield _replaced(old, new, path)

    def _records(
        self, old: str, new: str, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        if (old, new) not in self._reported:
            self._reported.add((old, new))
            yield from self.fields(self.before[old], self.after[new], path)

    def _mappings(
        self, old: TypeRef, new: TypeRef, path: tuple[str, ...]
    ) -> Iterator[Difference]:
        before, after = (
            dict(zip(map(str, one.values), one.args, strict=True)) for one in (old, new)
        )
        wanted, there = (after, before) if self.given else (before, after)
        for key in wanted:
            if key in there:
                yield from self._part(before[key], after[key], (*path, key))
            else:
                what = "is new, and required" if self.given else "is gone"
                yield Difference((*path, key), what)


def _members(type_: TypeRef) -> tuple[TypeRef, ...]:
    return type_.args if type_.name == "union" else (type_,)


def _kind(type_: TypeRef, records: Mapping[str, Fields]) -> str | None:
    """What a type with parts is; `None` for one without."""
    if type_.name in records:
        return "record"
    return type_.name if type_.name in ("list", "dict", MAPPING) else None


def _replaced(old: TypeRef, new: TypeRef, path: tuple[str, ...]) -> Difference:
    return Difference(path, f"was `{spelled(old)}` and is `{spelled(new)}` now")
