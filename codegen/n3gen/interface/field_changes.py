"""What of the fields of records no longer fits, their types aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from n3gen.interface.model import FieldInterface, Fields
from n3gen.spec.values import shown

__all__ = ["Difference", "come_and_gone", "field_faults", "moved_argument"]

_LEAST: Final = ("min", "min_length")
_MOST: Final = ("max", "max_length")


class Difference(NamedTuple):
    """What no longer fits: the path of a field, and a sentence's end about it."""

    path: tuple[str, ...]
    what: str


def come_and_gone(
    before: Fields, after: Fields, *, given: bool
) -> Iterator[Difference]:
    """Yield the fields that are gone, and those that callers have to give besides."""
    gone = sorted(before.keys() - after.keys())
    renamed = _renamed(gone, before, after, given=given)
    for key in gone:
        now = renamed.get(key)
        what = "is gone" if now is None else f"is called `{shown(now)}` now"
        yield Difference((key,), what)
    for key, new in after.items():
        is_new = key not in before and key not in renamed.values()
        if given and is_new and new.required:
            yield Difference((key,), "is new, and required")


def field_faults(
    old: FieldInterface, new: FieldInterface, *, given: bool
) -> Iterator[str]:
    """Yield what of a field no longer fits, its type aside."""
    wide, narrow = (new, old) if given else (old, new)
    if given and new.required and not old.required:
        yield "had a default, and is required now"
    if (bound := _tighter(wide, narrow)) is not None:
        yield _bounded(bound, old, new)
    if old.name and new.name and old.name != new.name:
        yield f"is called `{new.name}` in Python now, where it was `{old.name}`"


def moved_argument(before: Fields, after: Fields) -> Difference | None:
    """Return the first field that another one now stands before, as arguments of a function.

    Fields that are gone, or that callers must give now, are reported on their own.
    """
    old = [key for key in _arguments(before) if key in after]
    new = [k for k in _arguments(after) if k in before or not after[k].required]
    for was, now in zip(old, new, strict=False):
        if was != now:
            what = f"comes after `{shown(now)}` in the arguments of its function now"
            return Difference((was,), what)
    return None


def _arguments(fields: Fields) -> list[str]:
    """The fields in the order in which a function takes them: required ones first."""
    return sorted(fields, key=lambda key: not fields[key].required)


def _renamed(
    gone: list[str], before: Fields, after: Fields, *, given: bool
) -> Mapping[str, str]:
    """The new keys of fields that Python still knows by their names.

    It is so, too, of the only one that is gone where one of its type has to be given.
    """
    new = [key for key in after if key not in before]
    names = {after[key].name: key for key in new if after[key].name}
    found = {k: names[before[k].name] for k in gone if before[k].name in names}
    needed = [key for key in new if after[key].required]
    if found or not given or len(gone) != 1 or len(needed) != 1:
        return found
    old = before[gone[0]]
    is_alike = old.required and old.type == after[needed[0]].type
    return {gone[0]: needed[0]} if is_alike else {}


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
