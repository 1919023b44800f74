"""Whether all values of a type are of another one, each of its own revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from n3gen.interface.field_changes import come_and_gone, field_faults
from n3gen.interface.model import FieldInterface, Fields
from n3gen.semantics.field_types import MAPPING
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.types import parse_type

__all__ = ["Fitting", "type_of"]

_WIDER: Final = {("float", "int"), ("str", "file")}
"""Plain types that have all values of another one."""

_PLAIN: Final = {"str": str, "int": int, "bool": bool, "none": type(None), "float": int}
"""Types of literals that a choice can have, and of those that are floats besides."""


@lru_cache(maxsize=4096)
def _parsed(text: str) -> TypeRef:
    return parse_type(text)


def type_of(one: FieldInterface) -> TypeRef:
    """Return the type of a field."""
    return _parsed(one.type)


@dataclass(slots=True)
class Fitting:
    """Finds whether the values that are to fit do, through all parts of their types.

    With `given` these are those of before, which are to be of the types after, otherwise
    the other way round. Types that hold themselves are taken to fit until a part does not.
    """

    before: Mapping[str, Fields]
    after: Mapping[str, Fields]
    given: bool
    _unlike: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _taken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def fits(self, old: TypeRef, new: TypeRef) -> bool:
        """Whether a type fits the one that stood in its place.

        What was taken to fit, and does not, is left for good; then all is asked anew.
        """
        wide, narrow = (new, old) if self.given else (old, new)
        while True:
            known = len(self._unlike)
            self._taken.clear()
            found = self._holds(wide, narrow)
            if len(self._unlike) == known:
                return found

    def is_record(self, old: TypeRef, new: TypeRef) -> bool:
        """Whether each is a declared type of its revision."""
        return old.name in self.before and new.name in self.after

    def _holds(self, wide: TypeRef, narrow: TypeRef) -> bool:
        """Whether every value of the narrow type is one of the wide type."""
        if wide.name == "any":
            return True
        if narrow.name == "union":
            return all(self._holds(wide, member) for member in narrow.args)
        if narrow.name == "one of":
            return all(_has(wide, value) for value in narrow.values)
        if wide.name == "union":
            return any(self._holds(member, narrow) for member in wide.args)
        old, new = (narrow, wide) if self.given else (wide, narrow)
        if old.name in self.before or new.name in self.after:
            return self.is_record(old, new) and self._are_alike(old.name, new.name)
        if narrow.name == MAPPING:
            return self._holds_mapping(wide, narrow)
        if wide.name != narrow.name:
            return (wide.name, narrow.name) in _WIDER
        return all(map(self._holds, wide.args, narrow.args)) and wide.name != "one of"

    def _holds_mapping(self, wide: TypeRef, narrow: TypeRef) -> bool:
        """Whether a mapping with known keys is of a type."""
        if wide.name == "dict":
            keys, values = wide.args
            has_keys = all(_has(keys, key) for key in narrow.values)
            return has_keys and all(self._holds(values, one) for one in narrow.args)
        types = dict(zip(narrow.values, narrow.args, strict=True))
        return wide.name == MAPPING and all(
            key in types and self._holds(one, types[key])
            for key, one in zip(wide.values, wide.args, strict=True)
        )

    def _are_alike(self, old: str, new: str) -> bool:
        """Whether the fields of two records fit."""
        pair = old, new
        if pair in self._unlike or pair in self._taken:
            return pair not in self._unlike
        self._taken.add(pair)
        before, after = self.before[old], self.after[new]
        found = next(come_and_gone(before, after, given=self.given), None) is None
        found = found and all(
            self._field_fits(before[key], one)
            for key, one in after.items()
            if key in before
        )
        if not found:
            self._unlike.add(pair)
        return found

    def _field_fits(self, old: FieldInterface, new: FieldInterface) -> bool:
        if next(field_faults(old, new, given=self.given), None) is not None:
            return False
        wide, narrow = (new, old) if self.given else (old, new)
        return self._holds(type_of(wide), type_of(narrow))


def _has(wide: TypeRef, value: object) -> bool:
    """Whether a literal is of a type."""
    if wide.name == "union":
        return any(_has(member, value) for member in wide.args)
    if wide.name == "one of":
        return any(type(one) is type(value) and one == value for one in wide.values)
    return wide.name == "any" or type(value) is _PLAIN.get(wide.name)
