"""Whether data that a spec writes out is of a type, as far as reading it can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from n3gen.diagnostics import nearest
from n3gen.source import Loc
from n3gen.spec.model import InputField, TypeDef, TypeRef
from n3gen.spec.type_fit import fits
from n3gen.spec.types import TYPE_WORDS, spelled
from n3gen.spec.values import boolean_meant, described, is_int, shown
from n3gen.syntax.scalars import resolve

__all__ = ["Misfit", "misfits"]

_TIMES: Final[Mapping[str, Any]] = {
    "date": date,
    "datetime": datetime,
    "duration": timedelta,
    "uuid": UUID,
}
_READ: Final[Mapping[str, Any]] = {**_TIMES, "bool": bool, "float": float, "int": int}
"""What pydantic reads of other data too, by the names that specs have for it."""


class Misfit(NamedTuple):
    """What is wrong at `keys`: a `field` that is missing or unknown, or a value.

    `is_key` says that it is the key there. `words` say what is, `way_out` what to write,
    `meant` is the name that was most likely meant.
    """

    keys: Loc
    words: str
    way_out: str
    meant: str | None = None
    is_key: bool = False


def misfits(
    data: Any,
    wanted: TypeRef,
    records: Mapping[str, TypeDef],
    *,
    has_rows: bool,
    is_read: bool = False,
    is_closed: bool = False,
) -> Iterator[Misfit]:
    """Find what keeps data from being of a type; texts that rows fill in may be anything.

    Where the data `is_read` as results are, pydantic reads numbers and truths of texts,
    for example; where a record is in it, dates and the like. Where it `is_closed`, a field
    that its type does not have is one of these.
    """
    read = _READ if is_read else _TIMES if _has_record(wanted, records) else {}
    return _Fitting(records, has_rows, read, is_closed).of(data, wanted, ())


def _has_record(wanted: TypeRef, records: Mapping[str, TypeDef]) -> bool:
    return wanted.name in records or any(_has_record(w, records) for w in wanted.args)


@dataclass(frozen=True, slots=True)
class _Fitting:
    records: Mapping[str, TypeDef]
    has_rows: bool
    read: Mapping[str, Any]
    is_closed: bool

    def of(self, data: Any, wanted: TypeRef, keys: Loc) -> Iterator[Misfit]:
        if self.has_rows and isinstance(data, str) and "{" in data:
            return
        match wanted.name:
            case name if name in self.records:
                if isinstance(data, dict):
                    yield from self._fields(data, self.records[name], keys)
                else:
                    yield _value(data, wanted, keys)
            case "list" if isinstance(data, list):
                for index, item in enumerate(data):
                    yield from self.of(item, wanted.args[0], (*keys, index))
            case "dict" if isinstance(data, dict) and len(wanted.args) == 2:
                for key, item in data.items():
                    yield from self.of(item, wanted.args[1], (*keys, key))
            case "union":
                if not any(self._is_fit(data, one) for one in wanted.args):
                    yield _value(data, wanted, keys)
            case "list" | "dict":
                yield _value(data, wanted, keys)
            case name if name not in TYPE_WORDS:
                return  # nothing defines it, which is reported
            case _ if not self._is_plain_fit(data, wanted):
                yield _value(data, wanted, keys)

    def _is_fit(self, data: Any, wanted: TypeRef) -> bool:
        return next(self.of(data, wanted, ()), None) is None

    def _is_plain_fit(self, data: Any, wanted: TypeRef) -> bool:
        if fits(data, wanted):
            return True
        return wanted.name in self.read and _may_be_read(data, wanted.name)

    def _fields(
        self, data: Mapping[Any, Any], record: TypeDef, keys: Loc
    ) -> Iterator[Misfit]:
        fields = {name: f for f in record.fields for name in (f.key, f.name)}
        given = {id(fields[key]) for key in data if key in fields}
        open_ = {f.key: f for f in record.fields if id(f) not in given}
        meant: set[str] = set()
        for key, value in data.items():
            near = None if key in fields else nearest(str(key), open_)
            if key in fields:
                yield from self.of(value, fields[key].type, (*keys, key))
            elif near is not None and near not in meant:
                meant.add(near)
                yield _unknown(str(key), record, (*keys, key), near)
            elif self.is_closed:
                yield _unknown(str(key), record, (*keys, key), None)
        yield from _missing(open_, meant, record, keys)


def _may_be_read(data: Any, wanted: str) -> bool:
    """Whether pydantic reads a number, a truth or a time of data."""
    try:
        _adapter(wanted).validate_python(data)
    except ValidationError:
        return False
    return True


@cache
def _adapter(wanted: str) -> TypeAdapter[Any]:
    return TypeAdapter(_READ[wanted])


def _missing(
    fields: Mapping[str, InputField], meant: set[str], record: TypeDef, keys: Loc
) -> Iterator[Misfit]:
    """The first field without a default that is not given."""
    for name, field in fields.items():
        if field.required and name not in meant:
            words = f"this lacks `{shown(name)}`, which `{shown(record.name)}` needs"
            yield Misfit(keys, words, f"add `{shown(name)}`")
            return


def _unknown(name: str, record: TypeDef, keys: Loc, meant: str | None) -> Misfit:
    words = f"type `{shown(record.name)}` has no field `{shown(name)}`"
    return Misfit(keys, words, f"leave `{shown(name)}` out", meant, is_key=True)


def _value(data: Any, wanted: TypeRef, keys: Loc) -> Misfit:
    type_ = f"`{shown(spelled(wanted))}`"
    what = described(data)
    if isinstance(data, str):
        is_clear = isinstance(resolve(data), str)
        what = f"`{shown(data)}`" if is_clear else f"the text `{shown(data)}`"
    elif isinstance(data, float) or is_int(data):
        what = f"the number `{shown(data)}`"
    near = None
    if isinstance(data, str) and wanted.name == "one of":
        near = nearest(data, [one for one in wanted.values if isinstance(one, str)])
    words = f"this is to be of type {type_}, and is {what}"
    meant = boolean_meant(data) if wanted.name == "bool" else None
    way_out = f"write `{meant}`" if meant else f"write a value of type {type_}"
    return Misfit(keys, words, way_out, near)
